/* The agent console starts here. */
import { render } from "preact";
import { start } from "./desk.ts";
import { App } from "./shell/app.tsx";
import "./style.css";

const root = document.getElementById("app");
if (root) {
  render(<App />, root);
  void start();
}
