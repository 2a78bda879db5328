/* A list to choose from with a filter: what is typed narrows it, arrows and Enter choose, Escape closes. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { texts } from "../desk.ts";
import { matching, type Choice } from "./choices.ts";

interface Props {
  label: string;
  /** Null while it is not known what there is. */
  choices: readonly Choice[] | null;
  onChoose: (id: string) => void;
  onClose: () => void;
}

export function Picker({ label, choices, onChoose, onClose }: Props): JSX.Element {
  const t = texts.value;
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const found = matching(choices ?? [], words);
  const active = Math.min(at, found.length - 1);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => list.current?.children[active]?.scrollIntoView({ block: "nearest" }), [active, words]);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      event.preventDefault();
      setAt((active + step + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const chosen = found[active];
      if (chosen) onChoose(chosen.id);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      onClose();
    }
  }

  return (
    <div class="picker" data-testid="picker">
      <input
        ref={field}
        type="text"
        role="combobox"
        dir="auto"
        autocomplete="off"
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={found.length > 0}
        aria-controls={found.length > 0 ? "picker-list" : undefined}
        aria-activedescendant={found[active] ? `picker-${found[active].id}` : undefined}
        placeholder={t.t("filter_hint")}
        data-testid="picker-filter"
        value={words}
        onInput={(event) => {
          setWords(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {found.length > 0 ? (
        <ul ref={list} id="picker-list" role="listbox" aria-label={label}>
          {found.map((choice, index) => (
            <li
              key={choice.id}
              id={`picker-${choice.id}`}
              role="option"
              aria-selected={index === active}
              data-testid="choice"
              // The field keeps the focus: a press must not move it before the click counts.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onChoose(choice.id)}
            >
              <b dir="auto">{choice.name}</b>
              {choice.detail && (
                <span class="soft" dir="auto">
                  {choice.detail}
                </span>
              )}
            </li>
          ))}
        </ul>
      ) : (
        <p class="soft" role="status">
          {t.t(choices === null ? "loading" : "nothing_found")}
        </p>
      )}
      <button type="button" class="link" onClick={onClose}>
        {t.t("cancel")}
      </button>
    </div>
  );
}
