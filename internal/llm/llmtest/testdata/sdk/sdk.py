# Asks the stand-ins for the providers by the providers' own SDKs, and prints what
# they understood as JSON: sdk.py BASE KEY
import json
import sys

import anthropic
import openai
from google import genai
from google.genai import errors, types

base, key = sys.argv[1:3]
SCHEMA = {"type": "object", "properties": {"response": {"type": "string"}}, "required": ["response"], "additionalProperties": False}
LOOK = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"], "additionalProperties": False}


def by_openai():
    client = openai.OpenAI(base_url=base + "/v1", api_key=key, max_retries=0)
    out = {"models": [m.id for m in client.models.list()]}
    ask = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello."}]
    text, usage, finish = "", None, None
    for chunk in client.chat.completions.create(model="m-1", messages=ask, stream=True, stream_options={"include_usage": True},
                                                response_format={"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    out.update(text=text, usage=[usage.prompt_tokens, usage.completion_tokens], finish=finish)
    whole = client.chat.completions.create(model="m-1", messages=ask)
    out["whole"] = whole.choices[0].message.content
    name, arguments = "", ""
    for chunk in client.chat.completions.create(model="m-1", messages=ask, stream=True,
                                                tools=[{"type": "function", "function": {"name": "look", "description": "Looks.", "strict": True, "parameters": LOOK}}]):
        for choice in chunk.choices:
            for call in choice.delta.tool_calls or []:
                name += call.function.name or ""
                arguments += call.function.arguments or ""
    out["call"] = [name, json.loads(arguments)]
    vectors = client.embeddings.create(model="e", input=["one", "two"])
    out["vectors"] = [len(v.embedding) for v in vectors.data]
    try:
        openai.OpenAI(base_url=base + "/v1", api_key="wrong", max_retries=0).models.list()
    except openai.AuthenticationError as e:
        out["wrong_key"] = e.status_code
    try:
        client.chat.completions.create(model="limited", messages=ask, stream=True)
    except openai.RateLimitError as e:
        out["limited"] = e.status_code
    return out


def by_anthropic():
    client = anthropic.Anthropic(base_url=base, api_key=key, max_retries=0)
    out = {"models": [m.id for m in client.models.list(limit=1000)]}
    ask = dict(model="m-1", max_tokens=500, system="Be brief.", messages=[{"role": "user", "content": "Hello."}])
    with client.messages.stream(**ask, output_config={"format": {"type": "json_schema", "schema": SCHEMA}}) as stream:
        message = stream.get_final_message()
    out.update(text=message.content[0].text, usage=[message.usage.input_tokens + (message.usage.cache_creation_input_tokens or 0) + (message.usage.cache_read_input_tokens or 0), message.usage.output_tokens], finish=message.stop_reason)
    with client.messages.stream(**ask, tools=[{"name": "look", "description": "Looks.", "input_schema": LOOK, "strict": True}]) as stream:
        message = stream.get_final_message()
    call = [b for b in message.content if b.type == "tool_use"][0]
    out["call"] = [call.name, call.input]
    try:
        anthropic.Anthropic(base_url=base, api_key="wrong", max_retries=0).models.list(limit=1000)
    except anthropic.AuthenticationError as e:
        out["wrong_key"] = e.status_code
    try:
        with client.messages.stream(**{**ask, "model": "limited"}) as stream:
            stream.get_final_message()
    except anthropic.RateLimitError as e:
        out["limited"] = e.status_code
    return out


def by_gemini():
    client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=base, api_version="v1beta"))
    out = {"models": [m.name for m in client.models.list(config={"page_size": 1000})]}
    text, usage, finish = "", None, None
    config = types.GenerateContentConfig(system_instruction="Be brief.", response_mime_type="application/json", response_json_schema=SCHEMA)
    for chunk in client.models.generate_content_stream(model="m-1", contents="Hello.", config=config):
        text += chunk.text or ""
        usage = chunk.usage_metadata or usage
        if chunk.candidates:
            finish = chunk.candidates[0].finish_reason or finish
    out.update(text=text, usage=[usage.prompt_token_count, usage.candidates_token_count], finish=finish.value)
    tools = [types.Tool(function_declarations=[types.FunctionDeclaration(name="look", description="Looks.", parameters_json_schema=LOOK)])]
    config = types.GenerateContentConfig(tools=tools, automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))
    for chunk in client.models.generate_content_stream(model="m-1", contents="Hello.", config=config):
        for call in chunk.function_calls or []:
            out["call"] = [call.name, call.args]
    vectors = client.models.embed_content(model="e", contents=["one", "two"], config=types.EmbedContentConfig(task_type="RETRIEVAL_DOCUMENT"))
    out["vectors"] = [len(v.values) for v in vectors.embeddings]
    for name, model, its in (("wrong_key", "m-1", "wrong"), ("limited", "limited", key)):
        other = genai.Client(api_key=its, http_options=types.HttpOptions(base_url=base, api_version="v1beta"))
        try:
            list(other.models.generate_content_stream(model=model, contents="Hello."))
        except errors.APIError as e:
            out[name] = e.code
    return out


results = {}
for provider, ask in (("openai", by_openai), ("anthropic", by_anthropic), ("gemini", by_gemini)):
    try:
        results[provider] = ask()
    except Exception as e:  # what an SDK does not understand is what the test is about
        results[provider] = {"failed": repr(e)[:500]}
print(json.dumps(results))
