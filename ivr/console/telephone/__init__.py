"""Telephones in browsers: SIP over WebSocket, passed on to Asterisk once it is sure whose it is."""
