"""The pages about menus: the tree as it lives, editing, publishing, trying, prompts."""
