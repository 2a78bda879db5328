/* The sheet of shortcuts with the switch that turns them off. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { helpOpen, setShortcuts, shortcutsOn, texts } from "../desk.ts";
import type { Key } from "../core/i18n.ts";
import { Icon } from "./icons.tsx";

const KEYS: readonly (readonly [string, Key])[] = [
  ["j", "key_next"],
  ["k", "key_previous"],
  ["Enter", "key_open"],
  ["t", "key_take"],
  ["r", "key_reply"],
  ["n", "key_note"],
  ["u", "key_back"],
  ["?", "key_help"],
];

export function Help(): JSX.Element {
  const t = texts.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={() => (helpOpen.value = false)}>
      <div class="dialog-head">
        <h2 id="help-title">{t.t("keyboard_help")}</h2>
        <button type="button" class="icon-button" aria-label={t.t("close")} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <label class="check">
        <input type="checkbox" checked={shortcutsOn.value} onChange={(event) => setShortcuts(event.currentTarget.checked)} />
        {t.t("shortcuts_on")}
      </label>
      <dl class={shortcutsOn.value ? "keys" : "keys off"}>
        {KEYS.map(([key, label]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t.t(label)}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
