-- The newest row of each resource: held or free. It hops from resource to resource by the key, so its cost is the number
-- of resources, whatever their history.
CREATE VIEW newest_locks AS
WITH RECURSIVE resources(resource) AS (
  SELECT min(resource) FROM locks
  UNION ALL
  SELECT (SELECT min(locks.resource) FROM locks WHERE locks.resource > resources.resource)
  FROM resources WHERE resources.resource IS NOT NULL
)
SELECT locks.*
FROM resources
JOIN locks ON locks.resource = resources.resource
  AND locks.token = (SELECT max(token) FROM locks AS newest WHERE newest.resource = resources.resource);
