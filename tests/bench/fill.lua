-- Makes COUNT objects, each once, and stops when all are answered: ephemerals of 100 bytes, hosts, or watches that match
-- nothing of what is measured, or gives each host the same tag, or reads each ephemeral once.
-- wrk -t1 … -s fill.lua URL -- ephemerals|hosts|watches|tags|reads COUNT [ENDPOINT]
-- SPDX-License-Identifier: Apache-2.0

local OUTSTANDING_MOST = 256
local make, count
local sent, answered = 0, 0
local makers = {
	ephemerals = function(i)
		return wrk.format("PUT", "/ephemerals/fill/" .. i, nil, (i .. string.rep(".", 100)):sub(1, 100))
	end,
	hosts = function(i)
		return wrk.format("PUT", "/hosts/" .. i, nil, '{"status":"up"}')
	end,
	tags = function(i)
		return wrk.format("PUT", "/hosts/" .. i .. "/tag", nil, '{"tags":"all"}')
	end,
	reads = function(i)
		return wrk.format("GET", "/ephemerals/fill/" .. i)
	end,
}

function init(args)
	local endpoint = args[3]
	makers.watches = function(i)
		local watch = string.format('{"pattern":"//noah/ephemerals/elsewhere/%d","endpoint":"%s/%d"}', i, endpoint, i)
		return wrk.format("PUT", "/watches", nil, watch)
	end
	make, count = makers[args[1]], tonumber(args[2])
end

-- Beyond the last one it begins anew, as wrk asks for a request as long as it runs; a watch of that number is another one.
function request()
	sent = sent + 1
	return make(make == makers.watches and sent or (sent - 1) % count + 1)
end

-- wrk itself knows no end but time. Answers may come out of order over the connections: a few more than count are waited for.
function response(status)
	answered = answered + 1
	if status ~= 200 then
		io.stderr:write("fill: answered ", status, "\n")
		os.exit(1)
	elseif answered >= count + OUTSTANDING_MOST then
		os.exit(0)
	end
end
