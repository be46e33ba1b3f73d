"""The triggers that mark a house whose register entry changed, as statements of SQL."""

from __future__ import annotations

# A migration that changes them drops and creates them again: every statement may run twice.
MARK = """
CREATE OR REPLACE FUNCTION mark_changed_houses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO changed_house (establishment_id)
        SELECT DISTINCT establishment_id FROM added ORDER BY 1
        ON CONFLICT (establishment_id) DO UPDATE SET version = changed_house.version + 1;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO changed_house (establishment_id)
        SELECT DISTINCT establishment_id FROM removed ORDER BY 1
        ON CONFLICT (establishment_id) DO UPDATE SET version = changed_house.version + 1;
    ELSE
        INSERT INTO changed_house (establishment_id)
        SELECT establishment_id FROM added UNION SELECT establishment_id FROM removed ORDER BY 1
        ON CONFLICT (establishment_id) DO UPDATE SET version = changed_house.version + 1;
    END IF;
    RETURN NULL;
END $$
"""

# The version that search reads rises with every check-in: only what facts are made of counts.
MARK_HOUSE = """
CREATE OR REPLACE FUNCTION mark_changed_house() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changed_house (establishment_id) VALUES (NEW.id)
    ON CONFLICT (establishment_id) DO UPDATE SET version = changed_house.version + 1;
    RETURN NULL;
END $$
"""
MARK_BEDS = """
CREATE OR REPLACE FUNCTION mark_changed_beds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changed_house (establishment_id) VALUES (NEW.establishment_id)
    ON CONFLICT (establishment_id) DO UPDATE SET version = changed_house.version + 1;
    RETURN NULL;
END $$
"""

TRANSITIONS = {
    "INSERT": "REFERENCING NEW TABLE AS added",
    "DELETE": "REFERENCING OLD TABLE AS removed",
    "UPDATE": "REFERENCING NEW TABLE AS added OLD TABLE AS removed",
}
DATED_TABLES = ("classification", "closure", "room_assignment")

FUNCTIONS = ("mark_changed_houses", "mark_changed_house", "mark_changed_beds")
TRIGGERS: tuple[str, ...] = (
    MARK,
    MARK_HOUSE,
    MARK_BEDS,
    *(
        f"CREATE OR REPLACE TRIGGER facts_{verb.lower()} AFTER {verb} ON {table} "
        f"{tables} FOR EACH STATEMENT EXECUTE FUNCTION mark_changed_houses()"
        for table in DATED_TABLES
        for verb, tables in TRANSITIONS.items()
    ),
    "CREATE OR REPLACE TRIGGER facts_added AFTER INSERT ON establishment FOR EACH ROW "
    "WHEN (NEW.status IN ('approved', 'suspended')) EXECUTE FUNCTION mark_changed_house()",
    "CREATE OR REPLACE TRIGGER facts_changed AFTER UPDATE ON establishment FOR EACH ROW "
    "WHEN (OLD.status <> NEW.status OR OLD.opened_on IS DISTINCT FROM NEW.opened_on) "
    "EXECUTE FUNCTION mark_changed_house()",
    "CREATE OR REPLACE TRIGGER facts_changed AFTER UPDATE ON room_type FOR EACH ROW "
    "WHEN (OLD.bed_places <> NEW.bed_places) EXECUTE FUNCTION mark_changed_beds()",
)
