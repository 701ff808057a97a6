"""From an answer to sound: clauses, spoken forms, the loudspeaker, earcons."""
