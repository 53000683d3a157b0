-- POSTs that pokerd has to refuse: without a signature, with one that is no signature, and with one that no key made.
-- Stops after COUNT answers. With "close", each is the last of its connection.
-- wrk -t1 … -s refused.lua URL -- COUNT UNIX_SECONDS [close]
-- SPDX-License-Identifier: Apache-2.0

local body = '{"action":"update","pubcategory":"//noah/ephemerals/bench","path":"/ephemerals//bench","revision":1}'
local requests, turn, answered, count = {}, 0, 0, 0

function init(args)
	count = tonumber(args[1])
	local connection = args[3] == "close" and "close" or nil
	local function signed(id, signature)
		return wrk.format("POST", nil, {
			["webhook-id"] = id, ["webhook-timestamp"] = args[2], ["webhook-signature"] = signature,
			["Content-Type"] = "application/json", ["Connection"] = connection,
		}, body)
	end
	requests = {
		wrk.format("POST", nil, { ["Content-Type"] = "application/json", ["Connection"] = connection }, body),
		signed("refused-1", "nonsense"),
		signed("refused-2", "v1a," .. string.rep("A", 86) .. "=="),
		signed("refused-3", "v1," .. string.rep("A", 43) .. "="),
	}
end

function request()
	turn = turn % #requests + 1
	return requests[turn]
end

function response(status)
	answered = answered + 1
	if status < 400 then
		io.stderr:write("refused: answered ", status, "\n")
		os.exit(1)
	elseif answered >= count then
		os.exit(0)
	end
end
