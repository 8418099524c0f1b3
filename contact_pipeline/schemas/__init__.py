"""Every column once; one Pandera schema for each table; the gate that splits rows into passed and quarantined."""
