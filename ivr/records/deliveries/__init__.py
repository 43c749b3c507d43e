"""What is sent to people and systems outside by mail and webhook: kept before it is sent, with what came of it."""
