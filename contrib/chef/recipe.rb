# Writes down which changes made this run. pokerd tells twice: NOAH_CAUSE has their ids, and the file that
# POKERD_EVENT_FILE names has what noahd posted. CAUSES_FILE is added by the rule's environment.
require 'json'

event = JSON.parse(::File.read(ENV.fetch('POKERD_EVENT_FILE')))
lines = event.fetch('pokes').map do |poke|
  "#{poke['action']} of #{poke['location']} (data #{poke['data']}, event #{poke['event']})"
end

file ENV.fetch('CAUSES_FILE') do
  content "Run #{event['run']} was made by\n" + lines.map { |line| "  #{line}\n" }.join
  mode '0644'
end
