"""How well houses report: four scores, their formulas, and the rows to mend."""
