/* The agent console starts here. */
import { render } from "preact";
import { start } from "./desk.ts";
import { followViews } from "./queue/more.tsx";
import { App } from "./shell/app.tsx";
import { followOpened } from "./ticket/about.ts";
import "./style.css";

const root = document.getElementById("app");
if (root) {
  render(<App />, root);
  followViews();
  followOpened();
  void start();
}
