"""The edge to Asterisk: FastAGI (`agi`), the manager interface (`ami`), what its events mean (`events`)
and who stands where in which queue (`waits`). panoramisk is known in this room only."""
