"""The console: one web place for everybody who runs the hotline. It holds no rule of the business: pages and commands
call the same functions of the rooms below."""
