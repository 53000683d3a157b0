# Chef without a server, for trying things out: chef-client -c client.rb recipe.rb. All that it keeps is below CHEF_FOLDER.
folder = ENV.fetch('CHEF_FOLDER')

local_mode true
minimal_ohai true
chef_repo_path folder
cookbook_path ::File.join(folder, 'cookbooks')
cache_path ::File.join(folder, 'cache')
file_cache_path ::File.join(folder, 'cache')
chef_guid_path ::File.join(folder, 'chef_guid')
config_d_dir ::File.join(__dir__, 'client.d') # tells pokerd what a run did
