/* The bar at the top: availability, line, language, help, sign out. */
import type { JSX } from "preact";
import { away, chooseLanguage, helpOpen, lineState, roster, setAway, signOut, texts, user } from "../desk.ts";
import { UI_LANGUAGES } from "../core/i18n.ts";
import { Icon, Logo } from "./icons.tsx";

export function Header(): JSX.Element {
  const t = texts.value;
  const online = roster.value.filter((agent) => agent.state === "online");
  const line = lineState.value;
  return (
    <header class="bar">
      <a class="brand" href="#/queue/open">
        <Logo />
        <span class="brand-name">{t.t("product")}</span>
      </a>
      <p class={`line ${line}`} title={t.code("line", line)} data-testid="line" data-line={line}>
        <span class="dot" aria-hidden="true" />
        <span class="line-text">{t.code("line", line)}</span>
      </p>
      <p class="online" title={online.map((agent) => agent.name).join(", ")}>
        {t.count("online_n", online.length)}
      </p>
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={!away.value}
        aria-label={t.t("presence")}
        title={t.t("presence_hint")}
        data-testid="presence"
        onClick={() => setAway(!away.value)}
      >
        <span class="track" aria-hidden="true">
          <span class="knob" />
        </span>
        <span>{t.t(away.value ? "away" : "online")}</span>
      </button>
      <details class="menu" onKeyDown={closeOnEscape} onFocusOut={closeOnLeave}>
        <summary data-testid="menu">
          <span class="avatar">{initials(user.value?.name ?? "")}</span>
          <span class="sr">{` ${t.t("menu")}: ${user.value?.name ?? ""}`}</span>
        </summary>
        <div class="sheet">
          <p class="whoami">
            <strong dir="auto">{user.value?.name}</strong>
            <span>{user.value?.email}</span>
          </p>
          <LanguageSelect />
          <button type="button" class="row-button" onClick={() => (helpOpen.value = true)}>
            <Icon name="keyboard" /> {t.t("keyboard_help")}
          </button>
          <button type="button" class="row-button" onClick={() => void signOut()}>
            <Icon name="leave" flip /> {t.t("sign_out")}
          </button>
        </div>
      </details>
    </header>
  );
}

export function LanguageSelect(): JSX.Element {
  const t = texts.value;
  return (
    <label class="language-select">
      <Icon name="globe" />
      <span class="sr">{t.t("console_language")}</span>
      <select data-testid="console-language" value={t.language} onChange={(event) => void chooseLanguage(event.currentTarget.value)}>
        {Object.entries(UI_LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "").join("").toUpperCase();
}

function closeOnEscape(event: KeyboardEvent): void {
  const menu = event.currentTarget as HTMLDetailsElement;
  if (event.key !== "Escape" || !menu.open) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary")?.focus();
}

function closeOnLeave(event: FocusEvent): void {
  const menu = event.currentTarget as HTMLDetailsElement;
  if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
}
