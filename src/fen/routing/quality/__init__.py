"""How likely each model is to answer a request rightly: learnt from outcomes and votes, told with an interval."""
