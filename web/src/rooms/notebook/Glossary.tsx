import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { api, got } from "../../lib/api";
import { many } from "../../lib/dates";
import { Button, IconButton } from "../../ui/Button";
import { messageOf } from "../../ui/States";
import { toast } from "../../ui/Toasts";

const key = ["glossary"];

/** Glossary shows the words that help to read the hand: those that were corrected, and those that were typed in. */
export function Glossary() {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: key, queryFn: ({ signal }) => got(api.GET("/glossary", { signal })) });
  const [word, setWord] = useState("");
  const change = async (call: Promise<{ data?: typeof data }>) => {
    try {
      client.setQueryData(key, await got(call));
      return true;
    } catch (error) {
      toast("The word list was not changed", { detail: messageOf(error), urgent: true });
      return false;
    }
  };
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const typed = word.trim();
    if (typed && (await change(api.PUT("/glossary", { body: { word: typed } })))) setWord("");
  };
  if (!data) return null;
  return (
    <details className="glossary">
      <summary>Names and spellings{data.length > 0 && ` (${many(data.length, "word")})`}</summary>
      <p className="hint">Words you correct in transcriptions are listed here and help to read later pages. Corrections in private notes are not learned.</p>
      <ul role="list">
        {data.map((term) => (
          <li key={term.word}>
            <span>
              <strong>{term.word}</strong>
              {term.misread.length > 0 && <span className="hint"> misread as {term.misread.join(", ")}</span>}
            </span>
            <IconButton label={`Remove ${term.word}`} small onClick={() => void change(api.DELETE("/glossary", { params: { query: { word: term.word } } }))}>
              <Trash2 aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      <form className="row" onSubmit={(event) => void add(event)}>
        <input className="field" aria-label="A name or a spelling" placeholder="A name or a spelling" maxLength={80} value={word} onChange={(event) => setWord(event.target.value)} />
        <Button type="submit" disabled={!word.trim()}>
          Add
        </Button>
      </form>
    </details>
  );
}
