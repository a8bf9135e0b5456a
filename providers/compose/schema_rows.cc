// From the specification's schema (compose-spec.json) as Compose v2.40.3 has it, and from the types of
// compose-go, which say how a value is read.
#include "providers/compose/schema_rows.h"

namespace pawl::providers::compose {

const std::string_view kSchemaRows = R"(
: list_of_strings  [text]!
: string_or_list   text @list_of_strings
: list_or_map      {text number boolean null} [text]!
: command          null text [text] -> words
: extra_hosts      {text [text]} [text]!
: mounts           [text @mount]
: ulimits          {lower:integer text @ulimit -> count+}?
: options          {text number}?
: flag             boolean text -> flag

= file
  version   text
  name      text
  include   [text @include]
  services  {name:@service}
  models    {name:@model}?
  networks  {name:@network null}?
  volumes   {name:@volume null}
  secrets   {name:@secret}
  configs   {name:@config}

= include closed
  path               @string_or_list
  env_file           @string_or_list
  project_directory  text

= service
  annotations          @list_or_map
  attach               boolean text -> flag+
  blkio_config         @blkio
  build                text @build
  cap_add              [text]!
  cap_drop             [text]!
  cgroup               text(host|private)
  cgroup_parent        text
  command              @command
  configs              @mounts
  container_name       text/[a-zA-Z0-9][a-zA-Z0-9_.-]+/
  cpu_count            text integer(0..) -> count
  cpu_percent          text integer(0..100) -> real
  cpu_period           number text -> count
  cpu_quota            number text -> count
  cpu_rt_period        number text -> count
  cpu_rt_runtime       number text -> count
  cpu_shares           number text -> count
  cpus                 number text -> real
  cpuset               text
  credential_spec      @credential_spec
  depends_on           @list_of_strings {name:@dependency}
  deploy               @deploy null
  develop              @develop null
  device_cgroup_rules  @list_of_strings
  devices              [text @device]
  dns                  @string_or_list
  dns_opt              [text]!
  dns_search           @string_or_list
  domainname           text
  entrypoint           @command
  env_file             text [text @env_file]
  environment          @list_or_map
  expose               [text number]!
  extends              text @extends
  external_links       [text]!
  extra_hosts          @extra_hosts
  gpus                 text(all) [@gpu]
  group_add            [text number]!
  healthcheck          @healthcheck
  hostname             text
  image                text
  init                 boolean text -> flag+
  ipc                  text
  isolation            text
  label_file           text [text]
  labels               @list_or_map
  links                [text]!
  logging              @logging
  mac_address          text
  mem_limit            number text -> size
  mem_reservation      text integer -> size
  mem_swappiness       integer text -> size
  memswap_limit        number text -> size
  models               @list_of_strings {name:@model_binding null}?
  network_mode         text
  networks             @list_of_strings {name:@attachment null}
  oom_kill_disable     @flag
  oom_score_adj        text integer(-1000..1000) -> count
  pid                  text
  pids_limit           number text -> count
  platform             text
  ports                [number text @port]!
  post_start           [@hook]
  pre_stop             [@hook]
  privileged           @flag
  profiles             @list_of_strings
  provider             @provider
  pull_policy          text/always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+/
  pull_refresh_after   text
  read_only            @flag
  restart              text
  runtime              text
  scale                integer text -> count+
  secrets              @mounts
  security_opt         [text]!
  shm_size             number text -> size
  stdin_open           @flag
  stop_grace_period    text -> duration+
  stop_signal          text
  storage_opt          {any}
  sysctls              @list_or_map
  tmpfs                @string_or_list
  tty                  @flag
  ulimits              @ulimits
  use_api_socket       boolean -> flag
  user                 text
  userns_mode          text
  uts                  text
  volumes              [text @service_volume]!
  volumes_from         [text]!
  working_dir          text

= build
  additional_contexts  @list_or_map
  args                 @list_or_map
  cache_from           [text]
  cache_to             [text]
  context              text
  dockerfile           text
  dockerfile_inline    text
  entitlements         [text]
  extra_hosts          @extra_hosts
  isolation            text
  labels               @list_or_map
  network              text
  no_cache             @flag
  platforms            [text]
  privileged           @flag
  provenance           text boolean
  pull                 @flag
  sbom                 text boolean
  secrets              @mounts
  shm_size             integer text -> size
  ssh                  @list_or_map
  tags                 [text]
  target               text
  ulimits              @ulimits

= blkio closed
  device_read_bps    [@blkio_limit]
  device_read_iops   [@blkio_limit]
  device_write_bps   [@blkio_limit]
  device_write_iops  [@blkio_limit]
  weight             integer text -> natural
  weight_device      [@blkio_weight]

= blkio_limit closed
  path  text
  rate  integer text -> size

= blkio_weight closed
  path    text
  weight  integer text -> natural

= credential_spec
  config    text
  file      text
  registry  text

= dependency
  condition*  text(service_started|service_healthy|service_completed_successfully)
  required    boolean -> flag+
  restart     @flag

= device
  permissions  text
  source*      text
  target       text

= extends closed
  file      text
  service*  text

= env_file closed
  format    text
  path*     text
  required  boolean text -> flag+

= provider
  options  {text number boolean [text number boolean]}?
  type*    text

= logging
  driver   text
  options  {text number null}?

= model_binding
  endpoint_var  text
  model_var     text

= attachment
  aliases         @list_of_strings
  driver_opts     @options
  gw_priority     number -> count
  interface_name  text
  ipv4_address    text
  ipv6_address    text
  link_local_ips  @list_of_strings
  mac_address     text
  priority        number -> count

= port
  app_protocol  text
  host_ip       text
  mode          text
  name          text
  protocol      text
  published     text integer
  target        integer text -> natural

= mount
  gid     text
  mode    number text -> mode+
  source  text
  target  text
  uid     text

= service_volume
  bind         @volume_bind
  consistency  text
  image        @volume_image
  read_only    @flag
  source       text
  target       text
  tmpfs        @volume_tmpfs
  type*        text(bind|volume|tmpfs|cluster|npipe|image)
  volume       @volume_volume

= volume_bind
  create_host_path  boolean text -> flag+
  propagation       text
  recursive         text(enabled|disabled|writable|readonly)
  selinux           text(z|Z)

= volume_volume
  labels   @list_or_map
  nocopy   @flag
  subpath  text

= volume_tmpfs
  mode  number text -> natural
  size  integer(0..) text -> size

= volume_image
  subpath  text

= ulimit
  hard*  integer text -> count
  soft*  integer text -> count

= hook
  command*     @command
  environment  @list_or_map
  privileged   @flag
  user         text
  working_dir  text

= healthcheck
  disable         @flag
  interval        text -> duration+
  retries         number text -> natural+
  start_interval  text -> duration+
  start_period    text -> duration+
  test            text [text]
  timeout         text -> duration+

= develop
  watch  [@watch]

= watch
  action*       text(rebuild|sync|restart|sync+restart|sync+exec)
  exec          @hook
  ignore        @string_or_list
  include       @string_or_list
  initial_sync  boolean -> flag
  path*         text
  target        text

= deploy
  endpoint_mode    text
  labels           @list_or_map
  mode             text
  placement        @placement
  replicas         integer text -> count+
  resources        @resources
  restart_policy   @restart_policy
  rollback_config  @update
  update_config    @update

= update
  delay              text -> duration
  failure_action     text
  max_failure_ratio  number text -> real
  monitor            text -> duration
  order              text(start-first|stop-first)
  parallelism        integer text -> natural+

= resources
  limits        @limits
  reservations  @reservations

= limits
  cpus    number text -> real
  memory  text -> size
  pids    integer text -> count

= reservations
  cpus               number text -> real
  devices            [@reserved_device]
  generic_resources  [@generic_resource]
  memory             text -> size

= reserved_device
  capabilities*  @list_of_strings
  count          text integer -> devices
  device_ids     @list_of_strings
  driver         text
  options        @list_or_map

= gpu open
  capabilities  @list_of_strings
  count         text integer -> devices
  device_ids    @list_of_strings
  driver        text
  options       @list_or_map

= generic_resource
  discrete_resource_spec  @discrete_resource

= discrete_resource
  kind   text
  value  number text -> count

= restart_policy
  condition     text
  delay         text -> duration+
  max_attempts  integer text -> natural+
  window        text -> duration+

= placement
  constraints            [text]
  max_replicas_per_node  integer text -> natural
  preferences            [@preference]

= preference
  spread  text

= model
  context_size   integer -> count
  model*         text
  name           text
  runtime_flags  [text]

= network
  attachable   @flag
  driver       text
  driver_opts  @options
  enable_ipv4  boolean text -> flag+
  enable_ipv6  boolean text -> flag+
  external     boolean text @external
  internal     @flag
  ipam         @ipam
  labels       @list_or_map
  name         text

= ipam
  config   [@pool]
  driver   text
  options  {text}

= pool
  aux_addresses  {text}
  gateway        text
  ip_range       text
  subnet         text

= external
  name  text

= named open
  name  text

= volume
  driver       text
  driver_opts  @options
  external     boolean text @external
  labels       @list_or_map
  name         text

= secret
  driver           text
  driver_opts      @options
  environment      text
  external         boolean text @named
  file             text
  labels           @list_or_map
  name             text
  template_driver  text

= config
  content          text
  environment      text
  external         boolean text @named
  file             text
  labels           @list_or_map
  name             text
  template_driver  text
)";

}  // namespace pawl::providers::compose
