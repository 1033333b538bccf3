// Does what sdk.py does, by the SDKs for JavaScript: node sdk.mjs MODULES BASE KEY
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, base, key] = process.argv.slice(2);
const require = createRequire(join(modules, "x.js"));
const OpenAI = require("openai").default;
const Anthropic = require("@anthropic-ai/sdk").default;
const { GoogleGenAI } = require("@google/genai");
const schema = { type: "object", properties: { response: { type: "string" } }, required: ["response"], additionalProperties: false };
const look = { type: "object", properties: { place: { type: "string" } }, required: ["place"], additionalProperties: false };

async function status(call) {
  try {
    await call();
  } catch (e) {
    return e.status;
  }
}

async function byOpenAI() {
  const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: key, maxRetries: 0 });
  const out = { models: [], text: "" };
  for await (const m of client.models.list()) out.models.push(m.id);
  const messages = [{ role: "system", content: "Be brief." }, { role: "user", content: "Hello." }];
  const format = { type: "json_schema", json_schema: { name: "answer", strict: true, schema } };
  for await (const chunk of await client.chat.completions.create({ model: "m-1", messages, stream: true, stream_options: { include_usage: true }, response_format: format })) {
    if (chunk.usage) out.usage = [chunk.usage.prompt_tokens, chunk.usage.completion_tokens];
    for (const c of chunk.choices) {
      out.text += c.delta.content ?? "";
      out.finish = c.finish_reason ?? out.finish;
    }
  }
  out.whole = (await client.chat.completions.create({ model: "m-1", messages })).choices[0].message.content;
  const tools = [{ type: "function", function: { name: "look", description: "Looks.", strict: true, parameters: look } }];
  const said = await client.chat.completions.stream({ model: "m-1", messages, tools }).finalChatCompletion();
  const call = said.choices[0].message.tool_calls[0].function;
  out.call = [call.name, JSON.parse(call.arguments)];
  out.vectors = (await client.embeddings.create({ model: "e", input: ["one", "two"] })).data.map((v) => v.embedding.length);
  out.wrong_key = await status(() => new OpenAI({ baseURL: `${base}/v1`, apiKey: "wrong", maxRetries: 0 }).models.list());
  out.limited = await status(() => client.chat.completions.create({ model: "limited", messages, stream: true }));
  return out;
}

async function byAnthropic() {
  const client = new Anthropic({ baseURL: base, apiKey: key, maxRetries: 0 });
  const out = { models: [] };
  for await (const m of client.models.list({ limit: 1000 })) out.models.push(m.id);
  const ask = { model: "m-1", max_tokens: 500, system: "Be brief.", messages: [{ role: "user", content: "Hello." }] };
  const said = await client.messages.stream({ ...ask, output_config: { format: { type: "json_schema", schema } } }).finalMessage();
  Object.assign(out, { text: said.content[0].text, usage: [said.usage.input_tokens + (said.usage.cache_creation_input_tokens ?? 0) + (said.usage.cache_read_input_tokens ?? 0), said.usage.output_tokens], finish: said.stop_reason });
  const called = await client.messages.stream({ ...ask, tools: [{ name: "look", description: "Looks.", input_schema: look, strict: true }] }).finalMessage();
  const call = called.content.find((b) => b.type === "tool_use");
  out.call = [call.name, call.input];
  out.wrong_key = await status(() => new Anthropic({ baseURL: base, apiKey: "wrong", maxRetries: 0 }).models.list({ limit: 1000 }));
  out.limited = await status(() => client.messages.stream({ ...ask, model: "limited" }).finalMessage());
  return out;
}

async function byGemini() {
  const client = (apiKey) => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: base, apiVersion: "v1beta" } }).models;
  const out = { models: [], text: "" };
  for await (const m of await client(key).list({ config: { pageSize: 1000 } })) out.models.push(m.name);
  const config = { systemInstruction: "Be brief.", responseMimeType: "application/json", responseJsonSchema: schema };
  for await (const chunk of await client(key).generateContentStream({ model: "m-1", contents: "Hello.", config })) {
    out.text += chunk.text ?? "";
    const used = chunk.usageMetadata;
    if (used) out.usage = [used.promptTokenCount, used.candidatesTokenCount];
    out.finish = chunk.candidates?.[0]?.finishReason ?? out.finish;
  }
  const tools = [{ functionDeclarations: [{ name: "look", description: "Looks.", parametersJsonSchema: look }] }];
  for await (const chunk of await client(key).generateContentStream({ model: "m-1", contents: "Hello.", config: { tools } })) {
    for (const call of chunk.functionCalls ?? []) out.call = [call.name, call.args];
  }
  const { embeddings } = await client(key).embedContent({ model: "e", contents: ["one", "two"], config: { taskType: "RETRIEVAL_DOCUMENT" } });
  out.vectors = embeddings.map((v) => v.values.length);
  const ask = (model, its) => async () => {
    for await (const _ of await client(its).generateContentStream({ model, contents: "Hello." })) continue;
  };
  out.wrong_key = await status(ask("m-1", "wrong"));
  out.limited = await status(ask("limited", key));
  return out;
}

const results = {};
for (const [provider, ask] of Object.entries({ openai: byOpenAI, anthropic: byAnthropic, gemini: byGemini })) {
  try {
    results[provider] = await ask();
  } catch (e) {
    results[provider] = { failed: String(e?.stack ?? e).slice(0, 500) };
  }
}
console.log(JSON.stringify(results));
