# Chef without a server, for trying things out: chef-client -c client.rb recipe.rb. All that it keeps is below CHEF_FOLDER.
folder = ENV.fetch('CHEF_FOLDER')

local_mode true
minimal_ohai true
chef_repo_path folder
cookbook_path ::File.join(folder, 'cookbooks')
file_cache_path ::File.join(folder, 'cache')
