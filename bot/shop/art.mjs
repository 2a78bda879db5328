/* The shop's illustrations, drawn in code: flat shapes, five colours, no text and no styles inside. */

const INK = "#2b3a3d";
const SEA = "#2f6f88";
const CLAY = "#bf7456";
const OLIVE = "#7d8352";
const LINEN = "#efe6d6";
const CREAM = "#fbf7ef";
const SAND = "#d9c7aa";

const range = (n) => Array.from({ length: n }, (_, index) => index);
const svg = (width, height, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${body}</svg>\n`;
const rect = (x, y, w, h, fill, extra = "") => `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${fill}" ${extra}/>`;
const path = (d, fill, extra = "") => `<path d="${d}" fill="${fill}" ${extra}/>`;
const line = (d, stroke, width, extra = "") =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round" ${extra}/>`;
const ellipse = (cx, cy, rx, ry, fill, extra = "") => `<ellipse cx="${cx}" cy="${cy}" rx="${rx}" ry="${ry}" fill="${fill}" ${extra}/>`;
const shadow = (cx, cy, rx) => ellipse(cx, cy, rx, rx * 0.085, INK, 'opacity=".16"');

const card = (ground, body) => svg(400, 460, rect(0, 0, 400, 460, ground) + body);

function leafBranch(x, y, length, lean, color = OLIVE) {
  const steps = range(7);
  const at = (t) => [x + lean * t * t, y - length * t];
  const stem = `M${x} ${y}Q${x + lean * 0.15} ${y - length * 0.5} ${x + lean} ${y - length}`;
  const leaves = steps.flatMap((index) => {
    const [px, py] = at(0.25 + (index / 6) * 0.75);
    return [-1, 1].map((side) => {
      const angle = side * 52 + lean * 0.25;
      return `<ellipse cx="${px.toFixed(1)}" cy="${(py - 13).toFixed(1)}" rx="5.500" ry="15" fill="${side > 0 ? color : "#939a66"}" transform="rotate(${angle.toFixed(1)} ${px.toFixed(1)} ${py.toFixed(1)})"/>`;
    });
  });
  return line(stem, "#5d6340", 2.5) + leaves.join("");
}

const fringe = (x, y, width, count, length, color) =>
  range(count)
    .map((index) => {
      const at = x + (width / (count - 1)) * index;
      return line(`M${at.toFixed(1)} ${y}q${index % 2 ? 2 : -2} ${length / 2} 0 ${length}`, color, 3);
    })
    .join("");

function hammamTowel() {
  const stripes = [0, 14, 22, 60, 68].map((dy, index) => rect(118, 296 + dy, 164, index % 2 ? 3 : 7, SEA)).join("");
  const top = [26, 40].map((dy) => rect(118, 96 + dy, 164, 4, SEA, 'opacity=".75"')).join("");
  return card(
    "#dfe8e6",
    line("M70 92H330", "#a8845c", 9) +
      ellipse(70, 92, 8, 8, "#8d6c48") +
      ellipse(330, 92, 8, 8, "#8d6c48") +
      path("M262 88h26v238h-26z", "#d6cbb7") +
      path("M118 88q82-8 164 0v300h-164z", CREAM) +
      path("M118 88q82-8 164 0v14h-164z", "#e6dcc9") +
      top +
      stripes +
      line("M166 110q-6 140 3 276M232 108q7 150-2 278", "#e4dac8", 3) +
      fringe(120, 388, 160, 23, 24, "#efe7d8"),
  );
}

function waffleTowels() {
  const fold = (y, height, color, dark, width = 232) => {
    const x = (400 - width) / 2;
    const cells = range(Math.floor(width / 16))
      .map((index) => line(`M${x + 14 + index * 16} ${y + 5}v${height - 10}`, dark, 2, 'opacity=".45"'))
      .concat(range(Math.floor(height / 15)).map((index) => line(`M${x + 8} ${y + 10 + index * 15}h${width - 16}`, dark, 2, 'opacity=".45"')));
    return rect(x, y, width, height, color, `rx="${height / 2.4}"`) + cells.join("") + line(`M${x + width - 22} ${y + 8}q16 ${height / 2 - 8} 0 ${height - 16}`, dark, 3);
  };
  return card(
    "#e8d6c0",
    shadow(200, 386, 150) +
      fold(326, 58, "#c98a6b", "#a9694b", 252) +
      fold(268, 58, CREAM, "#cdbfa6", 244) +
      fold(210, 58, "#8fb0b8", "#5f8792", 236) +
      fold(160, 50, LINEN, "#c9bb9f", 226) +
      leafBranch(180, 166, 88, 46),
  );
}

function duvet() {
  return card(
    "#e6e2d6",
    rect(0, 0, 400, 300, "#ece8dd") +
      rect(0, 300, 400, 160, "#d8cdb9") +
      path("M72 176q0-54 54-54h148q54 0 54 54v120H72z", "#b58a63") +
      path("M86 182q0-46 46-46h136q46 0 46 46v90H86z", "#c79d75") +
      rect(104, 190, 92, 62, CREAM, 'rx="22"') +
      rect(204, 190, 92, 62, CREAM, 'rx="22"') +
      line("M118 204q30 10 64 2M218 204q30 10 64 2", "#ddd2bf", 3) +
      path("M60 262q140-34 280 0l22 132q-162 26-324 0z", "#a9c0c2") +
      path("M66 262q134-32 268 0l4 24q-138-24-276 0z", "#c3d5d5") +
      line("M110 290q-14 60-18 108M176 282q-6 70-6 122M240 282q8 70 8 122M296 290q14 60 20 106", "#8eaab0", 3) +
      path("M38 394q162 26 324 0v18q-162 26-324 0z", "#8eaab0") +
      rect(60, 408, 12, 30, "#8d6c48") +
      rect(328, 408, 12, 30, "#8d6c48"),
  );
}

function pillowcases() {
  const pillow = (x, y, color, seam, turn) =>
    `<g transform="rotate(${turn} ${x + 110} ${y + 80})">` +
    path(`M${x} ${y + 8}q14-12 34-2 76-10 152 0 20-10 34 2-12 24-6 72-6 44 6 70-14 14-34 2-76 10-152 0-20 12-34-2 12-30 6-70 6-48-6-72z`, color) +
    line(`M${x + 26} ${y + 22}q84-10 168 0M${x + 26} ${y + 136}q84 10 168 0`, seam, 2.5) +
    range(4)
      .map((index) => ellipse(x + 196, y + 44 + index * 24, 4.5, 4.5, seam))
      .join("") +
    "</g>";
  return card("#e9dfd0", shadow(200, 384, 158) + pillow(74, 214, "#d99f83", "#b8755a", -4) + pillow(104, 96, CREAM, "#cdbfa6", 7));
}

function tablecloth() {
  const checks = range(6)
    .map((index) => line(`M${96 + index * 42} 238L${72 + index * 52} 372`, OLIVE, 5, 'opacity=".55"'))
    .concat([262, 300, 338].map((y, index) => line(`M${92 - index * 9} ${y}H${308 + index * 9}`, OLIVE, 5, 'opacity=".55"')))
    .join("");
  return card(
    "#e3e6d6",
    shadow(200, 424, 140) +
      rect(116, 360, 12, 62, "#8d6c48") +
      rect(272, 360, 12, 62, "#8d6c48") +
      path("M92 226h216l30 150q-20 12-46 0-22 12-46 0-22 12-46 0-24 12-46 0-22 12-46 0-24 12-46 0z", CREAM) +
      checks +
      path("M92 226h216l5 22H87z", "#e7dfcd") +
      path("M150 190h100q0 48-50 48t-50-48z", SEA) +
      ellipse(200, 190, 50, 11, "#255a70") +
      ellipse(182, 184, 17, 15, "#e0b84f") +
      ellipse(212, 181, 18, 16, "#e9c766") +
      ellipse(226, 189, 13, 11, "#d9ab3e") +
      path("M216 166q16-18 30-6-10 14-30 6z", OLIVE),
  );
}

function teaTowels() {
  const towel = (x, color, mark) =>
    line(`M${x + 43} 104v-20`, INK, 4) +
    ellipse(x + 43, 82, 6, 6, INK) +
    path(`M${x + 43} 102q30 14 40 46l6 206q-46 12-92 0l6-206q10-32 40-46z`, color) +
    line(`M${x + 43} 106q-12 120-14 246M${x + 45} 106q14 120 16 246`, INK, 2, 'opacity=".14"') +
    mark(x);
  const bands = (x) => rect(x - 1, 300, 88, 7, SEA) + rect(x - 2, 314, 90, 14, SEA) + rect(x - 2, 335, 91, 5, SEA);
  const dots = (x) =>
    range(3)
      .map((row) => range(4).map((column) => ellipse(x + 14 + column * 20, 292 + row * 20, 4, 4, CREAM)).join(""))
      .join("");
  const waves = (x) => [296, 314, 332].map((y) => line(`M${x + 4} ${y}q10-12 20 0t20 0 20 0 18 0`, CLAY, 4)).join("");
  return card("#dbe5e8", rect(40, 74, 320, 12, "#a8845c", 'rx="6"') + towel(50, CREAM, bands) + towel(157, "#7c9aa0", dots) + towel(264, LINEN, waves));
}

function mug() {
  return card(
    "#e8ddcf",
    shadow(192, 372, 112) +
      line("M272 236q62-4 58 50-4 50-72 48", "#dccdb4", 22) +
      line("M272 236q62-4 58 50-4 50-72 48", CREAM, 15) +
      path("M106 196h178l-8 150q-3 26-30 26H144q-27 0-30-26z", CREAM) +
      path("M106 196h178l-4 74q-22 18-42 4-22-14-44 4-24 18-46 2-20-12-38-6z", SEA) +
      ellipse(195, 196, 89, 20, "#255a70") +
      ellipse(195, 199, 76, 14, "#5b3a2a") +
      line("M128 222q4 60 10 110", "#fff", 7, 'opacity=".25"') +
      line("M168 150q-14-16 0-32t0-32M206 144q-14-16 0-32t0-32", "#b9a78a", 5, 'opacity=".8"') +
      range(9)
        .map((index) => ellipse(132 + ((index * 53) % 128), 300 + ((index * 29) % 58), 2.2, 2.2, SAND))
        .join(""),
  );
}

function vase() {
  return card(
    "#dde3da",
    shadow(200, 402, 104) +
      leafBranch(196, 206, 132, -62) +
      leafBranch(202, 206, 150, 34) +
      leafBranch(200, 206, 104, 88) +
      path("M170 196h60q-4 26 26 60 32 38 22 88-10 56-78 56t-78-56q-10-50 22-88 30-34 26-60z", CLAY) +
      ellipse(200, 196, 30, 8, "#8f4f36") +
      path("M126 312q74 18 148 0 6 18 4 32-78 18-156 0-2-14 4-32z", LINEN) +
      line("M130 328q10-10 20 0t20 0 20 0 20 0 20 0 20 0 20 0", SEA, 4) +
      line("M160 262q-18 24-20 52", "#fff", 7, 'opacity=".22"'),
  );
}

function hero() {
  const waves = [
    [402, 0.5], [430, 0.42], [466, 0.34], [508, 0.28],
  ].map(([y, o], row) =>
    range(4).map((i) => line(`M${250 + i * 100 + row * 26} ${y}q18-9 36 0t36 0`, "#fff", 3, `opacity="${o}"`)).join(""),
  );
  const towels = ["#c98a6b", CREAM, "#8fb0b8"]
    .map((color, i) => rect(580 - i * 4, 606 - i * 34, 150 + i * 8 - 16 * (i === 2 ? 1 : 0), 34, color, 'rx="15"') + line(`M712 ${612 - i * 34}q8 11 0 22`, INK, 2.5, 'opacity=".25"'))
    .join("");
  const folds = [
    "M306 116C318 270 300 420 332 604", "M352 114C372 280 352 420 404 594", "M270 116C268 280 262 430 262 612",
    "M398 114C428 270 420 400 478 566",
  ].map((d) => line(d, "#e2d8c5", 4)).join("");
  return svg(
    880,
    760,
    rect(0, 0, 880, 760, "#f3ecdf") +
      path("M0 0h880v760H0z", "#efe6d7") +
      path("M0 0h150q-22 360 0 760H0z", "#e9dfcd") +
      // The arch and the view through it.
      path("M214 646V330Q214 96 440 96t226 234v316z", "#fffdf8") +
      `<clipPath id="view"><path d="M236 636V332Q236 118 440 118t204 214v304z"/></clipPath>` +
      `<g clip-path="url(#view)">` +
      rect(236, 100, 410, 300, "#bcd8dc") +
      rect(236, 260, 410, 140, "#d5e5e0") +
      ellipse(538, 232, 44, 44, "#f4dca6") +
      path("M430 386q46-42 92-30 44-44 130 6v30H430z", "#8fadb2") +
      path("M236 388q60-30 124 0z", "#a5bfc2") +
      rect(236, 386, 410, 260, SEA) +
      rect(236, 470, 410, 180, "#2a6680") +
      waves.join("") +
      path("M560 440l34 0-8 14h-20zM576 438v-52l24 46z", CREAM) +
      "</g>" +
      // The curtain, lifted by the wind the shop is named after.
      line("M178 108H566", "#8d6c48", 10) +
      ellipse(176, 108, 11, 11, "#74573a") +
      ellipse(568, 108, 11, 11, "#74573a") +
      path("M222 112H446C470 250 470 390 560 520 586 560 574 590 540 580 500 572 476 600 440 606 396 612 360 596 326 614 292 630 258 616 226 622Z", CREAM) +
      path("M446 112C470 250 470 390 560 520 586 560 574 590 540 580 470 470 436 300 430 112Z", "#f0e7d8") +
      folds +
      path("M226 582C262 574 300 590 330 574 370 556 402 574 442 566 480 558 508 536 548 546L560 572C520 566 486 592 442 600 400 606 366 590 330 608 296 622 262 608 226 616Z", SEA, 'opacity=".85"') +
      // The ledge and what stands on it.
      rect(120, 640, 700, 30, "#fffdf8") +
      rect(120, 670, 700, 90, "#e4d8c3") +
      shadow(160, 642, 60) +
      `<g transform="translate(52 334) scale(.78)">` +
      leafBranch(136, 216, 132, -52) +
      leafBranch(142, 216, 156, 26) +
      leafBranch(140, 216, 112, 74) +
      path("M112 206h56q-4 26 24 58 30 36 20 84-10 52-72 52t-72-52q-10-48 20-84 28-32 24-58z", CLAY) +
      ellipse(140, 206, 28, 8, "#8f4f36") +
      path("M72 316q68 18 136 0 6 16 4 30-72 18-144 0-2-14 4-30z", LINEN) +
      "</g>" +
      shadow(655, 642, 96) +
      towels,
  );
}

function story() {
  const warp = range(29).map((index) => line(`M${178 + index * 12} 118V520`, "#efe6d6", 3)).join("");
  const weft = range(17)
    .map((row) => rect(172, 356 + row * 10, 352, 8, [SEA, CREAM, CREAM, "#8fb0b8", CREAM][row % 5], 'rx="3"'))
    .join("");
  return svg(
    700,
    640,
    rect(0, 0, 700, 640, "#d9e2df") +
      rect(0, 520, 700, 120, "#c7b597") +
      shadow(350, 590, 270) +
      rect(124, 70, 26, 520, "#8d6c48", 'rx="8"') +
      rect(550, 70, 26, 520, "#8d6c48", 'rx="8"') +
      rect(104, 92, 492, 28, "#a8845c", 'rx="14"') +
      rect(104, 520, 492, 30, "#a8845c", 'rx="15"') +
      warp +
      weft +
      rect(150, 330, 400, 18, "#74573a", 'rx="6"') +
      path("M250 300q100-26 200 0-100 26-200 0z", CLAY) +
      ellipse(350, 300, 44, 8, "#8f4f36") +
      line("M306 300q-60 40-130 54", CREAM, 3) +
      ellipse(628, 548, 40, 40, "#d99f83") +
      line("M596 536q30-22 62 2M592 552q34-20 72 0M600 568q28-16 56 0", "#b8755a", 4) +
      ellipse(62, 566, 34, 34, "#8fb0b8") +
      line("M34 556q28-20 56 0M32 572q30-18 60 0", "#5f8792", 4),
  );
}

const ICONS = {
  towels: "M5 8.500h14v11H5zM5 8.500c0-2 1-3.500 3-3.500h8c2 0 3 1.500 3 3.500M5 16h14M8 19.500V21.500M12 19.500v2M16 19.500v2",
  bedding: "M3 19v-8h18v8M3 16h18M5.500 11V7.500h13V11M8 11V9.500h3.500V11M12.500 11V9.500H16V11",
  kitchen: "M4 9h16l1.500 8c-1.500 1-2.500 1-4 0-1.500 1-2.500 1-4 0-1.500 1-2.500 1-4 0-1.500 1-2.500 1-4 0-1 .700-2 .700-3 0zM7 17.500V21M17 17.500V21",
  ceramics: "M9 4h6M9.500 4c0 3-4.500 4.500-4.500 9.500C5 18 8 20.500 12 20.500s7-2.500 7-7C19 8.500 14.500 7 14.500 4M5.200 14.500c4.500 1.500 9 1.500 13.600 0",
};

/** File name -> SVG text. */
export function drawings() {
  const icons = Object.entries(ICONS).map(([name, d]) => [
    `icon-${name}.svg`,
    svg(24, 24, line(d, "#9a5a3f", 1.3)),
  ]);
  return [
    ["hero.svg", hero()],
    ["story.svg", story()],
    ["naxos.svg", hammamTowel()],
    ["paros.svg", waffleTowels()],
    ["delos.svg", duvet()],
    ["syros.svg", pillowcases()],
    ["kythnos.svg", tablecloth()],
    ["tinos.svg", teaTowels()],
    ["sifnos.svg", mug()],
    ["milos.svg", vase()],
    ["favicon.svg", svg(32, 32, rect(0, 0, 32, 32, SEA, 'rx="9"') + line("M7 13c4-4 7-4 9-1s5 3 9-1M7 21c4-4 7-4 9-1s5 3 9-1", CREAM, 2.6))],
    ...icons,
  ];
}

