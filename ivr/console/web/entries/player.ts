// One call: its time line, its sound and its menu move together; step by step, or as it went.
import "../player/player.css";
import { Player } from "../player/player.ts";

customElements.define("hotline-player", Player);
