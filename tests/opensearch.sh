#!/usr/bin/env bash
# Starts an OpenSearch server for the tests, on loopback and with a small heap:
#
#   tests/opensearch.sh start FOLDER [VERSION]   gets it from Maven's repository if need be, starts it, prints its address
#   tests/opensearch.sh stop FOLDER
#
# It needs Java (17 for version 2, 21 for 3) and Maven. Everything is in FOLDER.
set -euo pipefail
command=$1 folder=$(mkdir -p "$2" && cd "$2" && pwd) version=${3:-2.19.6} port=${PORT:-19200}
server=$folder/server-$version

# Jars of an artifact and of what it needs.
jars() {
  local project=$folder/project
  rm -rf "$project" && mkdir -p "$project" "$2"
  {
    echo '<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version>'
    echo '<dependencies>'
    for artifact in $1; do
      IFS=: read -r group name of <<<"$artifact"
      echo "<dependency><groupId>$group</groupId><artifactId>$name</artifactId><version>$of</version></dependency>"
    done
    echo '</dependencies></project>'
  } >"$project/pom.xml"
  mvn -q -B -f "$project/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$2" >&2
}

# A module is a folder with its jars and a description.
module() {
  local name=$1 artifact=$2 class=$3
  jars "org.opensearch.plugin:$artifact:$version" "$folder/module"
  mkdir -p "$server/modules/$name"
  for jar in "$folder/module"/*.jar; do
    [[ -e $server/lib/${jar##*/} ]] || cp "$jar" "$server/modules/$name/"
  done
  rm -r "$folder/module"
  printf '%s\n' "name=$name" "description=$name" "version=$version" "opensearch.version=$version" java.version=11 \
    "classname=org.opensearch.$class" has.native.controller=false extended.plugins= \
    >"$server/modules/$name/plugin-descriptor.properties"
  echo 'grant { permission java.security.AllPermission; };' >"$server/modules/$name/plugin-security.policy"
}

get() {
  [[ -e $server/complete ]] && return
  local core="org.opensearch:opensearch:$version org.opensearch:opensearch-plugin-classloader:$version"
  local suffix=Plugin
  [[ $version != 3.* ]] || { core+=" org.opensearch:opensearch-agent-bootstrap:$version"; suffix=ModulePlugin; }
  jars "$core" "$server/lib"
  # The launcher logs with it, and the server doesn't name it among what it needs.
  local log4j
  log4j=$(basename "$server"/lib/log4j-api-*.jar .jar)
  jars "org.apache.logging.log4j:log4j-core:${log4j#log4j-api-}" "$server/lib"
  module transport-netty4 transport-netty4-client "transport.Netty4$suffix"
  module analysis-common analysis-common "analysis.common.CommonAnalysis$suffix"
  mkdir -p "$server/plugins" && touch "$server/complete"
}

start() {
  get
  local node=$folder/node
  rm -rf "$node" && mkdir -p "$node/config" "$node/logs" "$node/tmp"
  ln -s "$server/lib" "$server/modules" "$server/plugins" "$node/"
  printf '%s\n' "path.data: $node/data" "path.logs: $node/logs" 'network.host: 127.0.0.1' "http.port: $port" \
    'discovery.type: single-node' 'node.store.allow_mmap: false' 'action.auto_create_index: false' \
    'cluster.routing.allocation.disk.threshold_enabled: false' >"$node/config/opensearch.yml"
  printf '%s\n' 'rootLogger.level = error' >"$node/config/log4j2.properties"
  local as_other=()
  # It refuses to run as root.
  [[ $(id -u) -ne 0 ]] || { chown -R nobody "$node"; chmod a+rx "$folder"; as_other=(setpriv --reuid=nobody --clear-groups); }
  local options=(-Xms512m -Xmx512m -XX:+UseSerialGC "-Djava.io.tmpdir=$node/tmp" -Dlog4j2.disable.jmx=true
    "-Dopensearch.path.home=$node" "-Dopensearch.path.conf=$node/config"
    -Dopensearch.distribution.type=zip -Dopensearch.bundled_jdk=false)
  [[ $version != 3.* ]] || options+=(--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED)
  (cd "$node" && exec setsid "${as_other[@]}" env -i HOME="$node" PATH=/usr/bin:/bin \
    "${JAVA_HOME:-/usr}/bin/java" "${options[@]}" -cp "$node/lib/*" org.opensearch.bootstrap.OpenSearch) \
    </dev/null >"$folder/output" 2>&1 &
  echo $! >"$folder/pid"
  for _ in {1..240}; do
    if curl -sf -m 2 "http://127.0.0.1:$port/_cluster/health" >/dev/null; then
      echo "http://127.0.0.1:$port"
      return
    fi
    kill -0 "$(<"$folder/pid")" 2>/dev/null || break
    sleep 0.5
  done
  tail -n 20 "$folder/output" >&2
  return 1
}

stop() {
  [[ ! -e $folder/pid ]] || kill "$(<"$folder/pid")" 2>/dev/null || true
  rm -f "$folder/pid"
}

"$command"
