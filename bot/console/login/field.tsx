/* A labelled field with its hint and its fault, tied together for assistive technology. */
import type { ComponentChildren, JSX } from "preact";

interface Props {
  id: string;
  label: string;
  type?: "text" | "email" | "password";
  value: string;
  autocomplete: string;
  hint?: string;
  fault?: string | null;
  describedBy?: string;
  onInput: (value: string) => void;
  children?: ComponentChildren;
}

export function Field({ id, label, type = "text", value, autocomplete, hint, fault, describedBy, onInput, children }: Props): JSX.Element {
  const described = [hint ? `${id}-hint` : "", fault ? `${id}-fault` : "", describedBy ?? ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={id}
        // The types of Preact tie roles to each literal type; ours is one of three.
        type={type as "text"}
        value={value}
        dir={type === "text" ? "auto" : "ltr"}
        autocomplete={autocomplete as never}
        autocapitalize={type === "text" ? "words" : "none"}
        spellcheck={false}
        aria-invalid={fault ? true : undefined}
        aria-describedby={described || undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
      {children}
    </div>
  );
}

/** Moves the focus to the first field that is refused, after it was drawn. */
export function focusFault(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}
