-- wrk's side of a PUT: the same bytes to KEYS keys in turn, the requests made beforehand.
-- wrk … -s put.lua URL -- PREFIX BYTES KEYS
-- SPDX-License-Identifier: Apache-2.0

local requests, turn = {}, 0

function init(args)
	local prefix, bytes, keys = args[1], tonumber(args[2]), tonumber(args[3])
	for key = 1, keys do
		requests[key] = wrk.format("PUT", prefix .. key, nil, (key .. string.rep(".", bytes)):sub(1, bytes))
	end
end

function request()
	turn = turn % #requests + 1
	return requests[turn]
end
