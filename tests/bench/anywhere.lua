-- GETs of ephemerals of fill.lua, anywhere among COUNT, always the same number of different requests made beforehand.
-- wrk … -s anywhere.lua URL -- COUNT
-- SPDX-License-Identifier: Apache-2.0

local REQUESTS = 50000
local requests, turn = {}, 0

function init(args)
	local count = tonumber(args[1])
	math.randomseed(count)
	for number = 1, REQUESTS do
		requests[number] = wrk.format("GET", "/ephemerals/fill/" .. math.random(count))
	end
end

function request()
	turn = turn % REQUESTS + 1
	return requests[turn]
end
