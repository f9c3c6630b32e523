# Loads rules one by one into a network namespace of its own, and dumps them in every output.
# Usage: unshare -n sh dump.sh RULES BACKEND TOOL FOLDER, such as `dump.sh v4.rules nft iptables /tmp/x`.
rules=$1 backend=$2 tool=$3 folder=$4
[ "$tool" = ip6tables ] && family=inet6 || family=inet
ipset create S1 hash:ip family $family
ipset create S2 hash:ip,port family $family
table=filter
while IFS= read -r line; do
    case $line in
    '*'*) table=${line#\*} ;;
    :*) $tool-$backend -t "$table" -N "$(echo "${line#:}" | cut -d' ' -f1)" 2>/dev/null ;;
    -A*) printf '*%s\n%s\nCOMMIT\n' "$table" "$line" | $tool-$backend-restore --noflush 2>/dev/null ;;
    esac
done <"$rules"
$tool-$backend-save >"$folder/save"
for table in filter nat mangle raw; do
    $tool-$backend -t $table -S >"$folder/$table-S"
    $tool-$backend -t $table -vS >"$folder/$table-vS"
    $tool-$backend -t $table -nvL >"$folder/$table-nvL"
    $tool-$backend -t $table -nvxL --line-numbers >"$folder/$table-nvxL"
done
