/* What the parts of the panel are made of. */
import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Part({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="part">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A share as a bar with its number as text: the bar alone says nothing to a screen reader. */
export function Bar({ share, text }: { share: number; text: string }): JSX.Element {
  return (
    <span class="bar-line">
      <svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="rail" width="100" height="6" />
        <rect class="part-of" width={Math.max(share * 100, share > 0 ? 2 : 0)} height="6" />
      </svg>
      <span>{text}</span>
    </span>
  );
}

/** A form that opens in place of its button: its first field takes the focus, all of it comes into sight. */
export function useOpenedForm(open: boolean): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (!open) return;
    form.current?.querySelector<HTMLElement>("select, input")?.focus({ preventScroll: true });
    form.current?.scrollIntoView({ block: "nearest" });
  }, [open]);
  return form;
}
