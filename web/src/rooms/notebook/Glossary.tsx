import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { api, got } from "../../lib/api";
import { Button, IconButton } from "../../ui/Button";
import { messageOf } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { words } from "./words";

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
      toast(words.glossary.wordListNot, { detail: messageOf(error), urgent: true });
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
      <summary>{words.glossary.namesSpellings}{data.length > 0 && ` (${words.glossary.word(data.length)})`}</summary>
      <p className="hint">{words.glossary.wordsCorrectTranscriptions}</p>
      <ul role="list">
        {data.map((term) => (
          <li key={term.word}>
            <span>
              <strong>{term.word}</strong>
              {term.misread.length > 0 && <span className="hint"> {words.glossary.misread(term.misread.join(", "))}</span>}
            </span>
            <IconButton label={words.glossary.remove(term.word)} small onClick={() => void change(api.DELETE("/glossary", { params: { query: { word: term.word } } }))}>
              <Trash2 aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
      <form className="row" onSubmit={(event) => void add(event)}>
        <input className="field" aria-label={words.glossary.nameSpelling} placeholder={words.glossary.nameSpelling} maxLength={80} value={word} onChange={(event) => setWord(event.target.value)} />
        <Button type="submit" disabled={!word.trim()}>
          {words.glossary.add}
        </Button>
      </form>
    </details>
  );
}
