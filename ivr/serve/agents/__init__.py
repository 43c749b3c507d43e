"""The running node's side of the agents: who has signed out, and the socket that a desk talks to."""
