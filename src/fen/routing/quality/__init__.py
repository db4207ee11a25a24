"""How likely each model is to answer a request rightly, with an interval; from outcomes and votes."""
