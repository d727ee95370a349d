-- The runs that have not ended. One that is alone is found by its agent's row, so history is not looked at.
CREATE VIEW live_runs AS
SELECT runs.* FROM agents CROSS JOIN runs ON runs.run = agents.live_run
WHERE agents.live_runs = 1
UNION ALL
SELECT runs.* FROM agents CROSS JOIN runs ON runs.agent = agents.agent
WHERE agents.live_runs > 1 AND runs.status = 'running';
