-- A database of format 1, as the noahd that made it left it when it was killed.
PRAGMA application_id=1315922280;
PRAGMA user_version=1;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE meta (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  epoch TEXT NOT NULL,                          -- of this registry's history
  record_position INTEGER NOT NULL DEFAULT 0,   -- record shows every change up to this revision
  delivery_position INTEGER NOT NULL DEFAULT 0, -- every change up to here was matched against the watches
  needed_after INTEGER NOT NULL DEFAULT 0       -- watches may still need the changes after this revision
) STRICT;
INSERT INTO meta VALUES(1,'21c35c5b-b898-4d3b-ae66-8db5d19fa7b0',16,24,16);
CREATE TABLE change (
  revision INTEGER PRIMARY KEY,
  first_of_write INTEGER NOT NULL, -- the revision of the first change of the same write
  action INTEGER NOT NULL,         -- 1 create, 2 update, 3 delete
  at_ms INTEGER NOT NULL,          -- since 1970, UTC
  kind INTEGER NOT NULL,           -- 1 host, 2 service, 3 ephemeral, 4 watch
  path TEXT NOT NULL,              -- kind to value: the object after the change; of a delete: as it was
  id TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  created_revision INTEGER NOT NULL,
  record_revision INTEGER NOT NULL,
  value BLOB,
  pubcategory TEXT NOT NULL,
  aliases TEXT NOT NULL,           -- further paths, one a line
  causes TEXT NOT NULL,            -- ids of events, one a line
  body TEXT NOT NULL               -- what watches' endpoints get
) STRICT;
INSERT INTO change VALUES(1,1,1,1795377578233,1,'/hosts/web1','a3387b66-2c93-45be-90f4-ad0bc19532df',1795377578233,1795377578233,1,1,X'7570','//noah/hosts/web1','','','{"id":"a3387b66-2c93-45be-90f4-ad0bc19532df","tags":[],"links":[],"name":"web1","status":"up","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","services":{},"path":"/hosts/web1","action":"create","pubcategory":"//noah/hosts/web1","revision":1,"location":"/hosts/web1"}');
INSERT INTO change VALUES(2,2,1,1795377578234,1,'/hosts/web2','abc4b782-9b9e-4a08-a644-8223ddead1ce',1795377578234,1795377578234,2,2,X'7570','//noah/hosts/web2','','','{"id":"abc4b782-9b9e-4a08-a644-8223ddead1ce","tags":[],"links":[],"name":"web2","status":"up","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","services":{},"path":"/hosts/web2","action":"create","pubcategory":"//noah/hosts/web2","revision":2,"location":"/hosts/web2"}');
INSERT INTO change VALUES(3,3,1,1795377578235,1,'/hosts/web3','cb8953b0-1e06-48a7-9e11-ca3111f9b3a7',1795377578235,1795377578235,3,3,X'7570','//noah/hosts/web3','','','{"id":"cb8953b0-1e06-48a7-9e11-ca3111f9b3a7","tags":[],"links":[],"name":"web3","status":"up","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","services":{},"path":"/hosts/web3","action":"create","pubcategory":"//noah/hosts/web3","revision":3,"location":"/hosts/web3"}');
INSERT INTO change VALUES(4,4,2,1795377578236,1,'/hosts/web1','a3387b66-2c93-45be-90f4-ad0bc19532df',1795377578233,1795377578236,1,4,X'646f776e','//noah/hosts/web1','','','{"id":"a3387b66-2c93-45be-90f4-ad0bc19532df","tags":[],"links":[],"name":"web1","status":"down","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","services":{"http":"up"},"path":"/hosts/web1","action":"update","pubcategory":"//noah/hosts/web1","revision":4,"location":"/hosts/web1"}');
INSERT INTO change VALUES(5,4,1,1795377578236,2,'/services/http/web1','741350e0-3eb4-4df6-a721-74e60fed8c8b',1795377578236,1795377578236,5,5,X'7570','//noah/services/http',replace('/hosts/web1/services/http\n','\n',char(10)),'','{"id":"741350e0-3eb4-4df6-a721-74e60fed8c8b","tags":[],"links":[],"status":"up","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","name":"http","host":"web1","path":"/services/http","action":"create","pubcategory":"//noah/services/http","revision":5,"location":"/services/http/web1"}');
INSERT INTO change VALUES(6,6,2,1795377578236,1,'/hosts/web2','abc4b782-9b9e-4a08-a644-8223ddead1ce',1795377578234,1795377578236,2,6,X'7570','//noah/hosts/web2','','','{"id":"abc4b782-9b9e-4a08-a644-8223ddead1ce","tags":[],"links":[],"name":"web2","status":"up","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","services":{"http":"pending"},"path":"/hosts/web2","action":"update","pubcategory":"//noah/hosts/web2","revision":6,"location":"/hosts/web2"}');
INSERT INTO change VALUES(7,6,1,1795377578236,2,'/services/http/web2','550b8fd1-57db-4f81-91b7-868155a7dbbe',1795377578236,1795377578236,7,7,X'70656e64696e67','//noah/services/http',replace('/hosts/web2/services/http\n','\n',char(10)),'','{"id":"550b8fd1-57db-4f81-91b7-868155a7dbbe","tags":[],"links":[],"status":"pending","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","name":"http","host":"web2","path":"/services/http","action":"create","pubcategory":"//noah/services/http","revision":7,"location":"/services/http/web2"}');
INSERT INTO change VALUES(8,8,1,1795377578237,3,'/ephemerals/none','e12e9414-2070-4843-aced-0378011fab00',1795377578237,1795377578237,8,8,NULL,'//noah/ephemerals/none','','','{"id":"e12e9414-2070-4843-aced-0378011fab00","tags":[],"links":[],"data":null,"created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","path":"/ephemerals//none","action":"create","pubcategory":"//noah/ephemerals/none","revision":8,"location":"/ephemerals/none"}');
INSERT INTO change VALUES(9,9,1,1795377578237,3,'/ephemerals/bytes','7b78ea2b-b80d-4104-a38d-de669b20d916',1795377578237,1795377578237,9,9,X'00fffe27220a00','//noah/ephemerals/bytes','','','{"id":"7b78ea2b-b80d-4104-a38d-de669b20d916","tags":[],"links":[],"data_encoding":"base64","data":"AP/+JyIKAA==","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","path":"/ephemerals//bytes","action":"create","pubcategory":"//noah/ephemerals/bytes","revision":9,"location":"/ephemerals/bytes"}');
INSERT INTO change VALUES(10,10,1,1795377578238,3,'/ephemerals/text','e9162dfc-9089-4756-ba20-5dcc50cabd8e',1795377578238,1795377578238,10,10,X'6265666f7265','//noah/ephemerals/text','','','{"id":"e9162dfc-9089-4756-ba20-5dcc50cabd8e","tags":[],"links":[],"data":"before","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","path":"/ephemerals//text","action":"create","pubcategory":"//noah/ephemerals/text","revision":10,"location":"/ephemerals/text"}');
INSERT INTO change VALUES(11,11,1,1795377578238,3,'/ephemerals/gone','a45acd48-0eb1-410f-9972-14c0d4789855',1795377578238,1795377578238,11,11,X'31','//noah/ephemerals/gone','','','{"id":"a45acd48-0eb1-410f-9972-14c0d4789855","tags":[],"links":[],"data":"1","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","path":"/ephemerals//gone","action":"create","pubcategory":"//noah/ephemerals/gone","revision":11,"location":"/ephemerals/gone"}');
INSERT INTO change VALUES(12,12,1,1795377578239,4,'/watches/Ly9ub2FoL2VwaGVtZXJhbHN8aHR0cDovLzEyNy4wLjAuMTo0MDQwNC9wZW5kaW5n','4628e78f-08d0-45f4-88a8-47e1c9770239',1795377578239,1795377578239,12,12,X'7b227061747465726e223a222f2f6e6f61682f657068656d6572616c73222c22656e64706f696e74223a22687474703a2f2f3132372e302e302e313a34303430342f70656e64696e67227d','//noah/watchers/Ly9ub2FoL2VwaGVtZXJhbHN8aHR0cDovLzEyNy4wLjAuMTo0MDQwNC9wZW5kaW5n',replace('/watchers/Ly9ub2FoL2VwaGVtZXJhbHN8aHR0cDovLzEyNy4wLjAuMTo0MDQwNC9wZW5kaW5n\n','\n',char(10)),'','{"id":"4628e78f-08d0-45f4-88a8-47e1c9770239","pattern":"//noah/ephemerals","name":"Ly9ub2FoL2VwaGVtZXJhbHN8aHR0cDovLzEyNy4wLjAuMTo0MDQwNC9wZW5kaW5n","endpoint":"http://127.0.0.1:40404/pending","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","path":"/watchers/Ly9ub2FoL2VwaGVtZXJhbHN8aHR0cDovLzEyNy4wLjAuMTo0MDQwNC9wZW5kaW5n","action":"create","pubcategory":"//noah/watchers/Ly9ub2FoL2VwaGVtZXJhbHN8aHR0cDovLzEyNy4wLjAuMTo0MDQwNC9wZW5kaW5n","revision":12,"location":"/watches/Ly9ub2FoL2VwaGVtZXJhbHN8aHR0cDovLzEyNy4wLjAuMTo0MDQwNC9wZW5kaW5n"}');
INSERT INTO change VALUES(13,13,1,1795377578239,4,'/watches/Ly9ub2FoL2hvc3RzL3dlYjN8aHR0cDovLzEyNy4wLjAuMTozNTQ2OS9kZWFk','bee5ca47-5d27-4ed2-b175-fb03b9aafb1d',1795377578239,1795377578239,13,13,X'7b227061747465726e223a222f2f6e6f61682f686f7374732f77656233222c22656e64706f696e74223a22687474703a2f2f3132372e302e302e313a33353436392f64656164227d','//noah/watchers/Ly9ub2FoL2hvc3RzL3dlYjN8aHR0cDovLzEyNy4wLjAuMTozNTQ2OS9kZWFk',replace('/watchers/Ly9ub2FoL2hvc3RzL3dlYjN8aHR0cDovLzEyNy4wLjAuMTozNTQ2OS9kZWFk\n','\n',char(10)),'','{"id":"bee5ca47-5d27-4ed2-b175-fb03b9aafb1d","pattern":"//noah/hosts/web3","name":"Ly9ub2FoL2hvc3RzL3dlYjN8aHR0cDovLzEyNy4wLjAuMTozNTQ2OS9kZWFk","endpoint":"http://127.0.0.1:35469/dead","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","path":"/watchers/Ly9ub2FoL2hvc3RzL3dlYjN8aHR0cDovLzEyNy4wLjAuMTozNTQ2OS9kZWFk","action":"create","pubcategory":"//noah/watchers/Ly9ub2FoL2hvc3RzL3dlYjN8aHR0cDovLzEyNy4wLjAuMTozNTQ2OS9kZWFk","revision":13,"location":"/watches/Ly9ub2FoL2hvc3RzL3dlYjN8aHR0cDovLzEyNy4wLjAuMTozNTQ2OS9kZWFk"}');
INSERT INTO change VALUES(14,14,1,1795377578240,4,'/watches/Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA==','aa3fbf03-0378-4d5c-975d-65715e9c4f98',1795377578240,1795377578240,14,14,X'7b227061747465726e223a222f2f6e6f61682f686f7374732f77656232222c22656e64706f696e74223a22687474703a2f2f3132372e302e302e313a33373132312f64697361626c6564227d','//noah/watchers/Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA==',replace('/watchers/Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA==\n','\n',char(10)),'','{"id":"aa3fbf03-0378-4d5c-975d-65715e9c4f98","pattern":"//noah/hosts/web2","name":"Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA==","endpoint":"http://127.0.0.1:37121/disabled","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","path":"/watchers/Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA==","action":"create","pubcategory":"//noah/watchers/Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA==","revision":14,"location":"/watches/Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA=="}');
INSERT INTO change VALUES(15,15,2,1795377578240,1,'/hosts/web3','cb8953b0-1e06-48a7-9e11-ca3111f9b3a7',1795377578235,1795377578240,3,15,X'646f776e','//noah/hosts/web3','','','{"id":"cb8953b0-1e06-48a7-9e11-ca3111f9b3a7","tags":[],"links":[],"name":"web3","status":"down","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","services":{},"path":"/hosts/web3","action":"update","pubcategory":"//noah/hosts/web3","revision":15,"location":"/hosts/web3"}');
INSERT INTO change VALUES(16,16,2,1795377578241,1,'/hosts/web2','abc4b782-9b9e-4a08-a644-8223ddead1ce',1795377578234,1795377578241,2,16,X'646f776e','//noah/hosts/web2','','','{"id":"abc4b782-9b9e-4a08-a644-8223ddead1ce","tags":[],"links":[],"name":"web2","status":"down","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","services":{"http":"pending"},"path":"/hosts/web2","action":"update","pubcategory":"//noah/hosts/web2","revision":16,"location":"/hosts/web2"}');
INSERT INTO change VALUES(17,17,1,1795377580970,3,'/ephemerals/café/','cb903e15-f70b-4333-8453-0ac98297bde5',1795377580970,1795377580970,17,17,X'7461696c','//noah/ephemerals/café/','','','{"id":"cb903e15-f70b-4333-8453-0ac98297bde5","tags":[],"links":[],"data":"tail","created_at":"2026-11-22 19:59:40 UTC","updated_at":"2026-11-22 19:59:40 UTC","path":"/ephemerals//café/","action":"create","pubcategory":"//noah/ephemerals/café/","revision":17,"location":"/ephemerals/caf%C3%A9/"}');
INSERT INTO change VALUES(18,18,2,1795377580972,3,'/ephemerals/text','e9162dfc-9089-4756-ba20-5dcc50cabd8e',1795377578238,1795377580972,10,18,X'6166746572','//noah/ephemerals/text','','','{"id":"e9162dfc-9089-4756-ba20-5dcc50cabd8e","tags":[],"links":[],"data":"after","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:40 UTC","path":"/ephemerals//text","action":"update","pubcategory":"//noah/ephemerals/text","revision":18,"location":"/ephemerals/text"}');
INSERT INTO change VALUES(19,19,3,1795377580972,3,'/ephemerals/gone','a45acd48-0eb1-410f-9972-14c0d4789855',1795377578238,1795377578238,11,19,X'31','//noah/ephemerals/gone','','','{"id":"a45acd48-0eb1-410f-9972-14c0d4789855","tags":[],"links":[],"data":"1","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","path":"/ephemerals//gone","action":"delete","pubcategory":"//noah/ephemerals/gone","revision":19,"location":"/ephemerals/gone"}');
INSERT INTO change VALUES(20,20,1,1795377580973,1,'/hosts/web4','ceffe930-c0fa-46f6-bf13-a58bfd30a3f1',1795377580973,1795377580973,20,20,X'7570','//noah/hosts/web4','','','{"id":"ceffe930-c0fa-46f6-bf13-a58bfd30a3f1","tags":[],"links":[],"name":"web4","status":"up","created_at":"2026-11-22 19:59:40 UTC","updated_at":"2026-11-22 19:59:40 UTC","services":{"ssh":"up"},"path":"/hosts/web4","action":"create","pubcategory":"//noah/hosts/web4","revision":20,"location":"/hosts/web4"}');
INSERT INTO change VALUES(21,20,1,1795377580973,2,'/services/ssh/web4','83f7c08f-5902-43c9-b0cd-f45d83eab150',1795377580973,1795377580973,21,21,X'7570','//noah/services/ssh',replace('/hosts/web4/services/ssh\n','\n',char(10)),'','{"id":"83f7c08f-5902-43c9-b0cd-f45d83eab150","tags":[],"links":[],"status":"up","created_at":"2026-11-22 19:59:40 UTC","updated_at":"2026-11-22 19:59:40 UTC","name":"ssh","host":"web4","path":"/services/ssh","action":"create","pubcategory":"//noah/services/ssh","revision":21,"location":"/services/ssh/web4"}');
INSERT INTO change VALUES(22,22,3,1795377580973,2,'/services/http/web2','550b8fd1-57db-4f81-91b7-868155a7dbbe',1795377578236,1795377578236,7,22,X'70656e64696e67','//noah/services/http',replace('/hosts/web2/services/http\n','\n',char(10)),'','{"id":"550b8fd1-57db-4f81-91b7-868155a7dbbe","tags":[],"links":[],"status":"pending","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:38 UTC","name":"http","host":"web2","path":"/services/http","action":"delete","pubcategory":"//noah/services/http","revision":22,"location":"/services/http/web2"}');
INSERT INTO change VALUES(23,22,2,1795377580973,1,'/hosts/web2','abc4b782-9b9e-4a08-a644-8223ddead1ce',1795377578234,1795377580973,2,23,X'646f776e','//noah/hosts/web2','','','{"id":"abc4b782-9b9e-4a08-a644-8223ddead1ce","tags":[],"links":[],"name":"web2","status":"down","created_at":"2026-11-22 19:59:38 UTC","updated_at":"2026-11-22 19:59:40 UTC","services":{},"path":"/hosts/web2","action":"update","pubcategory":"//noah/hosts/web2","revision":23,"location":"/hosts/web2"}');
INSERT INTO change VALUES(24,24,1,1795377580974,3,'/ephemerals/none2','336b0191-5d15-4581-afda-610a200319bf',1795377580974,1795377580974,24,24,NULL,'//noah/ephemerals/none2','','','{"id":"336b0191-5d15-4581-afda-610a200319bf","tags":[],"links":[],"data":null,"created_at":"2026-11-22 19:59:40 UTC","updated_at":"2026-11-22 19:59:40 UTC","path":"/ephemerals//none2","action":"create","pubcategory":"//noah/ephemerals/none2","revision":24,"location":"/ephemerals/none2"}');
CREATE TABLE record (              -- the objects as of meta.record_position: read current instead
  kind INTEGER NOT NULL,
  path TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  created_revision INTEGER NOT NULL,
  record_revision INTEGER NOT NULL,
  value BLOB
) STRICT, WITHOUT ROWID;
INSERT INTO record VALUES(3,'/ephemerals/bytes','7b78ea2b-b80d-4104-a38d-de669b20d916',1795377578237,1795377578237,9,9,X'00fffe27220a00');
INSERT INTO record VALUES(3,'/ephemerals/gone','a45acd48-0eb1-410f-9972-14c0d4789855',1795377578238,1795377578238,11,11,X'31');
INSERT INTO record VALUES(3,'/ephemerals/none','e12e9414-2070-4843-aced-0378011fab00',1795377578237,1795377578237,8,8,NULL);
INSERT INTO record VALUES(3,'/ephemerals/text','e9162dfc-9089-4756-ba20-5dcc50cabd8e',1795377578238,1795377578238,10,10,X'6265666f7265');
INSERT INTO record VALUES(1,'/hosts/web1','a3387b66-2c93-45be-90f4-ad0bc19532df',1795377578233,1795377578236,1,4,X'646f776e');
INSERT INTO record VALUES(1,'/hosts/web2','abc4b782-9b9e-4a08-a644-8223ddead1ce',1795377578234,1795377578241,2,16,X'646f776e');
INSERT INTO record VALUES(1,'/hosts/web3','cb8953b0-1e06-48a7-9e11-ca3111f9b3a7',1795377578235,1795377578240,3,15,X'646f776e');
INSERT INTO record VALUES(2,'/services/http/web1','741350e0-3eb4-4df6-a721-74e60fed8c8b',1795377578236,1795377578236,5,5,X'7570');
INSERT INTO record VALUES(2,'/services/http/web2','550b8fd1-57db-4f81-91b7-868155a7dbbe',1795377578236,1795377578236,7,7,X'70656e64696e67');
INSERT INTO record VALUES(4,'/watches/Ly9ub2FoL2VwaGVtZXJhbHN8aHR0cDovLzEyNy4wLjAuMTo0MDQwNC9wZW5kaW5n','4628e78f-08d0-45f4-88a8-47e1c9770239',1795377578239,1795377578239,12,12,X'7b227061747465726e223a222f2f6e6f61682f657068656d6572616c73222c22656e64706f696e74223a22687474703a2f2f3132372e302e302e313a34303430342f70656e64696e67227d');
INSERT INTO record VALUES(4,'/watches/Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA==','aa3fbf03-0378-4d5c-975d-65715e9c4f98',1795377578240,1795377578240,14,14,X'7b227061747465726e223a222f2f6e6f61682f686f7374732f77656232222c22656e64706f696e74223a22687474703a2f2f3132372e302e302e313a33373132312f64697361626c6564227d');
INSERT INTO record VALUES(4,'/watches/Ly9ub2FoL2hvc3RzL3dlYjN8aHR0cDovLzEyNy4wLjAuMTozNTQ2OS9kZWFk','bee5ca47-5d27-4ed2-b175-fb03b9aafb1d',1795377578239,1795377578239,13,13,X'7b227061747465726e223a222f2f6e6f61682f686f7374732f77656233222c22656e64706f696e74223a22687474703a2f2f3132372e302e302e313a33353436392f64656164227d');
CREATE TABLE watch_progress (        -- watches with deliveries pending
  path TEXT PRIMARY KEY,
  acknowledged INTEGER NOT NULL,     -- everything up to this revision
  failing_since_ms INTEGER NOT NULL, -- 0: not failing
  state INTEGER NOT NULL             -- 0 active, 1 disabled, 2 suspended
) STRICT, WITHOUT ROWID;
INSERT INTO watch_progress VALUES('/watches/Ly9ub2FoL2VwaGVtZXJhbHN8aHR0cDovLzEyNy4wLjAuMTo0MDQwNC9wZW5kaW5n',16,1795377580972,0);
INSERT INTO watch_progress VALUES('/watches/Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA==',24,0,1);
CREATE TABLE dead_delivery (         -- given up: the changes first..last of a watch
  path TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (path, first)
) STRICT, WITHOUT ROWID;
INSERT INTO dead_delivery VALUES('/watches/Ly9ub2FoL2hvc3RzL3dlYjJ8aHR0cDovLzEyNy4wLjAuMTozNzEyMS9kaXNhYmxlZA==',16,16,1795377578242,'HTTP 410');
INSERT INTO dead_delivery VALUES('/watches/Ly9ub2FoL2hvc3RzL3dlYjN8aHR0cDovLzEyNy4wLjAuMTozNTQ2OS9kZWFk',15,15,1795377578431,'HTTP 422');
CREATE INDEX dead_delivery_by_age ON dead_delivery (last);
CREATE VIEW tail AS                  -- the last change of each object that record does not show yet
  SELECT kind, path, id, created_ms, updated_ms, created_revision, record_revision, value, action,
         max(revision) AS revision
  FROM change WHERE revision > (SELECT record_position FROM meta) GROUP BY path
;
CREATE VIEW current AS               -- the objects as they are
  SELECT * FROM record WHERE path NOT IN (SELECT path FROM tail)
  UNION ALL
  SELECT kind, path, id, created_ms, updated_ms, created_revision, record_revision, value
  FROM tail WHERE action <> 3
;
COMMIT;
