-- What is wrong now, the newest first, and what mends it.
CREATE VIEW open_incidents AS
SELECT
  incident,
  kind,
  subject,
  strftime('%Y-%m-%dT%H:%M:%SZ', opened_ms / 1000, 'unixepoch') AS opened_at,
  reason,
  remedy,
  suppressed,
  reopened
FROM incidents
WHERE closed_ms IS NULL
ORDER BY opened_ms DESC, incident DESC;
