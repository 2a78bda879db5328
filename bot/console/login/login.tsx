/* The sign-in page. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { failureText, loginNotice, signIn, texts } from "../desk.ts";
import { LanguageSelect } from "../shell/header.tsx";
import { Icon, Logo } from "../shell/icons.tsx";
import { Field, focusFault } from "./field.tsx";
import { looksLikeEmail } from "./model.ts";

export function Login(): JSX.Element {
  const t = texts.value;
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    document.title = `${t.t("login_title")} · ${t.t("product")}`;
  }, [t]);
  const emailFault = !tried ? null : !email.trim() ? t.t("field_required") : looksLikeEmail(email) ? null : t.t("email_wrong");
  const passwordFault = tried && !password ? t.t("field_required") : null;

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    setTried(true);
    setFailure(null);
    if (!looksLikeEmail(email) || !password) return focusFault(form);
    setBusy(true);
    try {
      await signIn(email, password);
    } catch (error) {
      setFailure(error);
      setBusy(false);
      form.querySelector<HTMLElement>("#password")?.focus();
    }
  }

  return (
    <main class="door" id="main">
      <form class="card" novalidate onSubmit={(event) => void submit(event as unknown as SubmitEvent)}>
        <header class="card-head">
          <Logo />
          <div>
            <h1>{t.t("login_title")}</h1>
            <p>{`${t.t("product")} · ${t.t("login_lead")}`}</p>
          </div>
        </header>
        <div role="alert">
          {failure !== null ? (
            <p class="failure" data-testid="failure">
              <Icon name="alert" /> {failureText(failure)}
            </p>
          ) : (
            loginNotice.value && (
              <p class="notice">
                <Icon name="info" /> {t.t(loginNotice.value)}
              </p>
            )
          )}
        </div>
        <Field id="email" label={t.t("email")} type="email" value={email} autocomplete="username" fault={emailFault} onInput={setEmail} />
        <Field
          id="password"
          label={t.t("password")}
          type={shown ? "text" : "password"}
          value={password}
          autocomplete="current-password"
          fault={passwordFault}
          onInput={setPassword}
        />
        <label class="check">
          <input type="checkbox" checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />
          {t.t("show_password")}
        </label>
        <button type="submit" class="primary wide" disabled={busy} aria-busy={busy}>
          {t.t(busy ? "signing_in" : "sign_in")}
        </button>
      </form>
      <LanguageSelect />
    </main>
  );
}
