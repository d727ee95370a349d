-- What has been answered to a request_id.
CREATE VIEW agentinfra_answers AS
SELECT request_id, result FROM requests
UNION ALL
SELECT request, token FROM locks WHERE request IS NOT NULL;
