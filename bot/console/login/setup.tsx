/* The page behind a one-time link: the first account, or a new password for an existing one. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../core/api.ts";
import { failureText, redeem, texts } from "../desk.ts";
import { LanguageSelect } from "../shell/header.tsx";
import { Icon, Logo } from "../shell/icons.tsx";
import { Field, focusFault } from "./field.tsx";
import { checkPassword, looksLikeEmail } from "./model.ts";

export function Setup({ token, reset }: { token: string; reset: boolean }): JSX.Element {
  const t = texts.value;
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    document.title = `${t.t("setup_title")} · ${t.t("product")}`;
  }, [t]);
  const rules = checkPassword(password, email);
  const code = failure instanceof ApiError ? failure.code : null;
  // The server knows whether the link makes an account; only then name and e-mail are needed.
  const needed = code === "user_invalid";
  const emailFault = email.trim() && !looksLikeEmail(email) && tried ? t.t("email_wrong") : needed && !email.trim() ? t.t("field_required") : null;
  const nameFault = needed && !name.trim() ? t.t("field_required") : null;
  const passwordFault = tried && rules.some((one) => !one.met) ? t.t("password_refused") : null;

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    setTried(true);
    setFailure(null);
    if (rules.some((one) => !one.met) || (email.trim() && !looksLikeEmail(email))) return focusFault(form);
    setBusy(true);
    try {
      await redeem(token, password, name, email);
    } catch (error) {
      setFailure(error);
      setBusy(false);
      focusFault(form);
    }
  }

  return (
    <main class="door" id="main">
      <form class="card" novalidate onSubmit={(event) => void submit(event as unknown as SubmitEvent)}>
        <header class="card-head">
          <Logo />
          <div>
            <h1>{t.t("setup_title")}</h1>
            <p>{t.t("setup_lead")}</p>
          </div>
        </header>
        <div role="alert">
          {failure !== null && (
            <p class="failure" data-testid="failure">
              <Icon name="alert" /> {failureText(failure)}
            </p>
          )}
        </div>
        {!reset && (
          <>
            <p class="hint">{t.t("setup_optional")}</p>
            <Field id="name" label={t.t("name")} value={name} autocomplete="name" hint={t.t("name_hint")} fault={nameFault} onInput={setName} />
            <Field id="email" label={t.t("email")} type="email" value={email} autocomplete="username" fault={emailFault} onInput={setEmail} />
          </>
        )}
        <Field
          id="password"
          label={t.t("new_password")}
          type={shown ? "text" : "password"}
          value={password}
          autocomplete="new-password"
          fault={passwordFault}
          describedBy="password-rules"
          onInput={setPassword}
        />
        <div id="password-rules" class="rules">
          <p>{t.t("password_rules")}</p>
          <ul>
            {rules.map(({ rule, met }) => (
              <li key={rule} class={met ? "met" : ""}>
                <Icon name={met ? "check" : "info"} />
                {t.code("rule", rule)}
                <span class="sr">{` (${t.t(met ? "rule_met" : "rule_unmet")})`}</span>
              </li>
            ))}
          </ul>
        </div>
        <label class="check">
          <input type="checkbox" checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />
          {t.t("show_password")}
        </label>
        <button type="submit" class="primary wide" disabled={busy} aria-busy={busy}>
          {t.t("save_and_enter")}
        </button>
      </form>
      <LanguageSelect />
    </main>
  );
}
