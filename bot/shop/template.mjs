/* Meltemi, the demo shop: one template, strings per language, plain files out.
 *
 * No script but the chat's loader, no inline style, nothing from another host: the page lives under
 * the strict content security policy that the gateway sends.
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { drawings } from "./art.mjs";

export const LANGUAGES = {
  en: "English",
  el: "Ελληνικά",
  tr: "Türkçe",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  it: "Italiano",
  pt: "Português",
  nl: "Nederlands",
  pl: "Polski",
  ru: "Русский",
  ar: "العربية",
};

const PRODUCTS = [
  { id: "naxos", name: "Naxos", price: 34, group: "towels" },
  { id: "paros", name: "Paros", price: 28, group: "towels" },
  { id: "delos", name: "Delos", price: 189, group: "bedding" },
  { id: "syros", name: "Syros", price: 46, group: "bedding" },
  { id: "kythnos", name: "Kythnos", price: 64, group: "kitchen" },
  { id: "tinos", name: "Tinos", price: 24.5, group: "kitchen" },
  { id: "sifnos", name: "Sifnos", price: 22, group: "ceramics" },
  { id: "milos", name: "Milos", price: 58, group: "ceramics" },
];
const GROUPS = ["towels", "bedding", "kitchen", "ceramics"];
const HELP = ["order-track", "delivery-times", "return-how", "refund-when", "payment-methods", "invoice-download"];
const PHONE = "+30 210 555 0142";
const MAIL = "hello@meltemi.example";

const escape = (text) => text.replace(/[&<>"]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char]);

export async function renderShop(folder) {
  const out = [["styles.css", await readFile(join(folder, "styles.css"), "utf8")]];
  for (const [name, text] of drawings()) out.push([`art/${name}`, text]);
  const known = new Set((await readdir(join(folder, "strings"))).map((name) => name.replace(".json", "")));
  for (const language of Object.keys(LANGUAGES)) {
    if (!known.has(language)) throw new Error(`the shop has no strings for ${language}`);
    const strings = JSON.parse(await readFile(join(folder, "strings", `${language}.json`), "utf8"));
    out.push([`${language}/index.html`, page(language, strings)]);
  }
  return out;
}

/** Digits of a language stay Western, as on the price tags of shops in all twelve. */
const price = (language, amount) =>
  new Intl.NumberFormat(`${language}-u-nu-latn`, { style: "currency", currency: "EUR", minimumFractionDigits: 2 }).format(amount);

function page(language, strings) {
  const t = (key) => {
    if (!(key in strings)) throw new Error(`${language}: no text for ${key}`);
    return escape(strings[key]);
  };
  const help = (article) => `/help/${language}/${article}`;
  const rtl = language === "ar";
  const languageLinks = Object.entries(LANGUAGES)
    .map(([code, name]) => `<li><a href="/shop/${code}/" lang="${code}" hreflang="${code}"${code === language ? ' aria-current="true"' : ""}>${name}</a></li>`)
    .join("\n            ");
  const alternates = Object.keys(LANGUAGES)
    .map((code) => `<link rel="alternate" hreflang="${code}" href="/shop/${code}/">`)
    .join("\n  ");
  const product = ({ id, name, price: amount, group }) => `
          <li class="product" id="${id}" data-group="${group}">
            <img src="/shop/art/${id}.svg" alt="" width="400" height="460" loading="lazy">
            <div class="label">
              <h3><bdi>${name}</bdi> <span>${t(`${id}_what`)}</span></h3>
              <p class="price"><bdi>${escape(price(language, amount))}</bdi></p>
            </div>
            <p class="stuff">${t(`${id}_text`)}</p>
          </li>`;
  const firstOf = (group) => PRODUCTS.find((one) => one.group === group).id;

  return `<!doctype html>
<html lang="${language}" dir="${rtl ? "rtl" : "ltr"}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
  <title>${t("title")}</title>
  <meta name="description" content="${t("description")}">
  <meta name="color-scheme" content="light dark">
  <link rel="icon" href="/shop/art/favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/shop/styles.css">
  ${alternates}
</head>
<body>
  <a class="skip" href="#main">${t("skip")}</a>
  <header>
    <p class="bar">${t("bar")}</p>
    <div class="top wrap">
      <a class="brand" href="/shop/${language}/"><svg viewBox="0 0 44 32" aria-hidden="true" focusable="false"><path d="M3 9c7-7 12-7 16-1s9 6 22-2M3 18c7-7 12-7 16-1s9 6 22-2M3 27c7-7 12-7 16-1s9 6 14 1"/></svg>Meltemi</a>
      <nav aria-label="${t("nav")}">
        <ul>
          ${GROUPS.map((group) => `<li><a href="#${firstOf(group)}">${t(group)}</a></li>`).join("\n          ")}
          <li><a href="#story">${t("story")}</a></li>
          <li><a href="#help">${t("help")}</a></li>
        </ul>
      </nav>
      <details class="languages">
        <summary><svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.500 9.500h17M3.500 14.500h17M12 3c-5 5.500-5 12.500 0 18 5-5.500 5-12.500 0-18Z"/></svg><span class="sr">${t("language")}: </span>${LANGUAGES[language]}</summary>
        <ul>
            ${languageLinks}
        </ul>
      </details>
    </div>
  </header>

  <main id="main" tabindex="-1">
    <section class="hero wrap" aria-labelledby="hero">
      <div>
        <p class="kicker">${t("hero_kicker")}</p>
        <h1 id="hero">${t("hero_title")}</h1>
        <p class="lead">${t("hero_text")}</p>
        <p><a class="button" href="#products">${t("hero_cta")}</a></p>
      </div>
      <img src="/shop/art/hero.svg" alt="${t("hero_alt")}" width="880" height="760">
    </section>

    <section class="groups wrap" aria-label="${t("groups")}">
      <ul>
        ${GROUPS.map(
          (group) => `<li><a href="#${firstOf(group)}"><img src="/shop/art/icon-${group}.svg" alt="" width="24" height="24"><span><strong>${t(group)}</strong><small>${t(`${group}_text`)}</small></span></a></li>`,
        ).join("\n        ")}
      </ul>
    </section>

    <section class="wrap" id="products" aria-labelledby="products-title">
      <div class="intro">
        <h2 id="products-title">${t("products_title")}</h2>
        <p>${t("products_text")}</p>
      </div>
      <ul class="products">${PRODUCTS.map(product).join("")}
      </ul>
    </section>

    <section class="promise" aria-label="${t("promise")}">
      <ul class="wrap">
        ${["delivery", "returns", "warranty"]
          .map((key) => `<li><h2>${t(`${key}_title`)}</h2><p>${t(`${key}_text`)}</p></li>`)
          .join("\n        ")}
      </ul>
    </section>

    <section class="story wrap" id="story" aria-labelledby="story-title">
      <img src="/shop/art/story.svg" alt="${t("story_alt")}" width="700" height="640" loading="lazy">
      <div>
        <p class="kicker">${t("story")}</p>
        <h2 id="story-title">${t("story_title")}</h2>
        <p>${t("story_one")}</p>
        <p>${t("story_two")}</p>
      </div>
    </section>

    <section class="help" id="help" aria-labelledby="help-title">
      <div class="wrap">
        <div class="intro">
          <h2 id="help-title">${t("help_title")}</h2>
          <p>${t("help_text")}</p>
        </div>
        <ul>
          ${HELP.map((article) => `<li><a href="${help(article)}">${t(`help_${article}`)}</a></li>`).join("\n          ")}
        </ul>
        <p class="more"><a href="/help/${language}/">${t("help_all")}</a></p>
      </div>
    </section>

    <section class="visit wrap" aria-labelledby="visit-title">
      <div>
        <h2 id="visit-title">${t("visit_title")}</h2>
        <p>${t("visit_text")}</p>
        <address><bdi>Odos Anemon 12</bdi><br>${t("athens")}</address>
      </div>
      <div>
        <h3>${t("hours_title")}</h3>
        <dl>
          <div><dt>${t("weekdays")}</dt><dd><bdi>09:00–18:00</bdi></dd></div>
          <div><dt>${t("saturday")}</dt><dd><bdi>10:00–14:00</bdi></dd></div>
          <div><dt>${t("sunday")}</dt><dd>${t("closed")}</dd></div>
        </dl>
        <p class="small">${t("athens_time")}</p>
      </div>
      <div>
        <h3>${t("contact_title")}</h3>
        <p><a href="mailto:${MAIL}"><bdi>${MAIL}</bdi></a><br><a href="tel:${PHONE.replaceAll(" ", "")}"><bdi>${PHONE}</bdi></a></p>
        <p class="small"><a href="${help("opening-hours-contact")}">${t("contact_more")}</a></p>
        <noscript><p class="small">${t("noscript")}</p></noscript>
      </div>
    </section>
  </main>

  <footer>
    <div class="wrap">
      <p class="brand" aria-hidden="true">Meltemi</p>
      <p>${t("footer_prices")}</p>
      <p class="small">${t("footer_demo")}</p>
    </div>
  </footer>
  <script src="/widget/loader.js" async data-locale="${language}"></script>
</body>
</html>
`;
}
