// Pages with a telephone: <hotline-phone>.
import { HotlinePhone } from "../phone/element.ts";

customElements.define("hotline-phone", HotlinePhone);
