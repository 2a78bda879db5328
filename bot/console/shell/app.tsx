/* The frame around the screens: header, banners, live region, shortcuts. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { announcement, helpOpen, lineBanner, opened, phase, route, texts, user } from "../desk.ts";
import { Login } from "../login/login.tsx";
import { Setup } from "../login/setup.tsx";
import { Queue } from "../queue/queue.tsx";
import { TicketScreen } from "../ticket/ticket.tsx";
import { Header } from "./header.tsx";
import { Help } from "./help.tsx";
import { Icon } from "./icons.tsx";
import { onKey } from "./keys.ts";

export function App(): JSX.Element {
  const at = route.value;
  const isSetup = at.screen === "setup" || at.screen === "reset";
  return (
    <>
      {isSetup && phase.value !== "loading" ? (
        <Setup key={at.token} token={at.token} reset={at.screen === "reset"} />
      ) : phase.value === "in" && user.value ? (
        <Desk />
      ) : phase.value === "out" ? (
        <Login />
      ) : (
        <p class="wait" role="status">
          {texts.value.t("loading")}
        </p>
      )}
      <div class="sr" role="status" aria-live="polite" data-testid="announcer">
        {announcement}
      </div>
    </>
  );
}

function Desk(): JSX.Element {
  const t = texts.value;
  const at = route.value;
  const hasTicket = at.screen === "ticket";
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const ticket = opened.value?.ticket;
  useEffect(() => {
    document.title = hasTicket && ticket ? `${ticket.number} · ${t.t("product")}` : `${t.t("queue")} · ${t.t("product")}`;
  }, [hasTicket, ticket?.number, t]);
  return (
    <div class={hasTicket ? "desk with-ticket" : "desk"}>
      <a class="skip" href="#main" onClick={skip}>
        {t.t(hasTicket ? "skip_conversation" : "skip_queue")}
      </a>
      <Header />
      {lineBanner.value && (
        <p class="banner" role="alert" data-testid="line-banner">
          <Icon name="alert" /> {t.t("line_banner")}
        </p>
      )}
      <div class="panes">
        <Queue />
        {hasTicket && <TicketScreen key={at.number} number={at.number} />}
      </div>
      {helpOpen.value && <Help />}
    </div>
  );
}

/** The hash is the address of the screen, so the skip link moves the focus itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
