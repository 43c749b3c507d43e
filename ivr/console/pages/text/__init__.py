"""文字对话: the conversation in writing, tried from the console."""
