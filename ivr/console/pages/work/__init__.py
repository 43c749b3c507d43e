"""The work lists with their clocks: complaints, messages and callbacks, emergencies, announcements."""
