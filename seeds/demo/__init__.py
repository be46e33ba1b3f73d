"""An invented but believable Vũng Tàu: houses, thirteen months of stays, half a year ahead."""
