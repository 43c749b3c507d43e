// 文字对话, and the page that a bank puts on its site.
import { TextConversation } from "../text/conversation.ts";

customElements.define("text-conversation", TextConversation);
