# Tells pokerd what a run did: copy this file to /etc/chef/client.d (of Cinc: /etc/cinc/client.d). Runs that pokerd did
# not start are as before. It needs nothing but Chef.
require 'chef/handler'
require 'json'

class PokerdReport < Chef::Handler
  def report
    path = ENV['POKERD_REPORT_FILE']
    return unless path
    ::File.write(path, ::JSON.generate(updated: (updated_resources || []).size, total: (all_resources || []).size,
                                       exception: exception && text_of(exception)))
  end

  private

  # A message may be any bytes, and of any length; pokerd takes 64 KiB.
  def text_of(error)
    "#{error.class}: #{error.message}".dup.force_encoding('UTF-8').scrub[0, 1000]
  end
end

report_handlers << PokerdReport.new
exception_handlers << PokerdReport.new
