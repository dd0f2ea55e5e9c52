"""Forms in which secrets stand in commands and in requests, and ordinary lines that hold none.

Data for secrets.py. `{}` is the secret. A form is a kind of secret and a line; ordinary lines are filled with words, so
that many differ. Kept apart from the rules of workhours and their examples.
"""

# Kinds of secrets: what draws one is in secrets.py.
SHELL = [
    # Options, glued and apart.
    ("pw", "mysql -u root -p{} shop"), ("pw", "mysqldump --password={} shop > f"), ("pw", "mariadb -h h -uroot -p{}"),
    ("pw", "mysqladmin -u root password {}"), ("pw", "sshpass -p {} ssh ada@h"), ("pw", "sshpass -p'{}' scp f h:"),
    ("pw", "curl -u ada:{} https://h.example/x"), ("pw", "curl --user=ada:{} h.example"), ("pw", "curl -uada:{} h.example"),
    ("pw", "curl --proxy-user ada:{} h.example"), ("pw", "curl 'https://h/?a=1&b=2' -u 'ada:{}'"), ("pw", "http -a ada:{} h.example"),
    ("pw", "wget --user=ada --password={} h.example"), ("pw", "wget --http-password={} h.example"), ("pw", "docker login -u ada -p {} r.example"),
    ("pw", "podman login --password {} r.example"), ("pw", "helm registry login -u ada -p {} r.example"), ("pw", "az login -u ada -p {}"),
    ("pw", "oc login -u ada -p {} https://h"), ("pw", "redis-cli -h h -a {} ping"), ("pw", "mongosh -u ada -p {} h/db"),
    ("pw", "mongodump --username ada --password {} --db x"), ("pw", "ldapsearch -x -D cn=admin -w {} -b dc=x"), ("pw", "zip -P {} a.zip f"),
    ("pw", "unzip -P {} a.zip"), ("pw", "7z a -p{} a.7z f"), ("pw", "rar a -hp{} a.rar f"), ("pw", "openssl enc -aes-256-cbc -k {} -in f"),
    ("pw", "openssl rsa -in k.pem -passin pass:{}"), ("pw", "openssl pkcs12 -export -passout pass:{} -out a.p12"),
    ("pw", "gpg --batch --passphrase {} -d f.gpg"), ("pw", "keytool -list -storepass {} -keystore k"), ("pw", "keytool -genkey -keypass {} -alias a"),
    ("pw", "htpasswd -b .ht ada {}"), ("pw", "htpasswd -bc .ht ada {}"), ("pw", "wpa_passphrase Home {}"), ("pw", "smbclient //h/s -U ada%{}"),
    ("pw", "mount -t cifs -o username=ada,password={},uid=1000 //h/s /mnt"), ("pw", "xfreerdp /u:ada /p:{} /v:h"), ("pw", "rdesktop -u ada -p {} h"),
    ("pw", "plink -pw {} ada@h"), ("pw", "sqlplus scott/{}@db"), ("pw", "sqlcmd -S h -U sa -P {}"), ("pw", "lftp -u ada,{} ftp.example"),
    ("pw", "ipmitool -H h -U ada -P {} power status"), ("pw", "mosquitto_pub -u ada -P {} -t t -m m"), ("pw", "twine upload -u ada -p {} dist/*"),
    ("pw", "svn co --username ada --password {} https://h/r"), ("pw", "ssh-keygen -t ed25519 -N {} -f k"), ("pw", "cqlsh -u ada -p {} h"),
    ("pw", "rabbitmqctl add_user ada {}"), ("pw", "net user ada {} /add"), ("pw", "cmdkey /add:h /user:ada /pass:{}"),
    ("pw", "kadmin -p ada -w {} -q listprincs"), ("pw", "nmcli dev wifi connect Home password {}"), ("pw", "useradd -m -p {} ada"),
    ("pw", "steghide extract -sf a.jpg -p {}"), ("pw", "qpdf --password={} --decrypt a.pdf b.pdf"), ("pw", "snmpwalk -v3 -u ada -A {} h"),
    ("pw", "security add-generic-password -a ada -s s -w {}"), ("pw", "swaks --to a@b --auth-user ada --auth-password {}"),
    ("pw", "ansible-playbook s.yml -e ansible_become_pass={}"), ("pw", "ansible-playbook s.yml --extra-vars 'db_password={}'"),
    ("pw", "terraform apply -var db_password={}"), ("pw", "kubectl create secret generic s --from-literal=password={}"),
    ("pw", "kubectl create secret docker-registry r --docker-username=ada --docker-password={}"), ("pw", "influx -username ada -password {}"),
    ("pw", "bw unlock {}"), ("pw", "rclone obscure {}"), ("pw", "openssl passwd -6 {}"), ("pw", "psql 'host=h user=ada password={}'"),
    ("pw", "etcdctl --user root:{} get k"), ("pw", "x11vnc -passwd {}"), ("pw", "cypher-shell -u neo4j -p {}"), ("pw", "vault kv put secret/db password={}"),
    ("tok", "kubectl --token {} get po"), ("tok", "kubectl --token={} get po"), ("tok", "vault login {}"), ("tok", "ngrok authtoken {}"),
    ("tok", "cargo login {}"), ("tok", "gh secret set FOO -b {}"), ("tok", "gh secret set FOO --body {}"), ("tok", "aws configure set aws_secret_access_key {}"),
    ("tok", "npm config set //registry.example/:_authToken {}"), ("tok", "npm config set //registry.example/:_authToken={}"),
    ("tok", "twilio login --auth-token {}"), ("tok", "sentry-cli --auth-token {} releases list"), ("tok", "doctl auth init -t {}"),
    ("tok", "x --api-key {} run"), ("tok", "x --api-key={} run"), ("tok", "x --apikey {}"), ("tok", "x --client-secret {}"), ("tok", "x --access-token={}"),
    ("tok", "az storage blob list --account-key {}"), ("tok", "fly secrets set STRIPE={}"), ("tok", "heroku config:set API_KEY={}"),
    ("tok", "gcloud builds submit --substitutions _TOKEN={}"), ("tok", "aws secretsmanager create-secret --name n --secret-string {}"),
    ("tok", "mc alias set s3 https://h ada {}"), ("tok", "docker build --build-arg NPM_TOKEN={} ."), ("tok", "docker run -e API_SECRET={} img"),
    ("b32", "oathtool --totp -b {}"), ("b32", "qrencode 'otpauth://totp/x:ada?secret={}&issuer=x'"),
    # The environment, in every shell.
    ("pw", "PGPASSWORD={} psql -h h"), ("pw", "MYSQL_PWD={} mysql"), ("pw", "SSHPASS={} sshpass -e ssh h"), ("pw", "RESTIC_PASSWORD={} restic backup ."),
    ("pw", "BORG_PASSPHRASE='{}' borg list"), ("pw", "export ADMIN_PW={}"), ("pw", 'export DB_PASS="{}"'), ("pw", "export REDISCLI_AUTH={}"),
    ("tok", "export TOKEN={}"), ("tok", "export GITHUB_TOKEN='{}'"), ("tok", "declare -x API_KEY={}"), ("tok", "set -x API_TOKEN {}"),
    ("tok", "set -gx CLIENT_SECRET '{}'"), ("tok", "set -Ux AUTH_TOKEN {}"), ("tok", "setenv API_TOKEN {}"), ("tok", "$env:API_TOKEN = \"{}\""),
    ("tok", "$env:API_KEY='{}'"), ("tok", "set API_TOKEN={}"), ("tok", "setx API_TOKEN {}"), ("tok", "$API_TOKEN = '{}'"), ("tok", "env SECRET_KEY={} ./run"),
    ("tok", "CF_API_TOKEN={} x"), ("tok", "echo 'SECRET_KEY={}' >> .env"), ("pw", "[Environment]::SetEnvironmentVariable('DB_PASSWORD','{}')"),
    # Prompts answered by a pipe or a here-string.
    ("pw", "echo {} | sudo -S id"), ("pw", "echo '{}' | sudo -S apt-get update"), ("pw", "printf '{}\\n' | sudo -S id"), ("pw", "sudo -S id <<< {}"),
    ("pw", "sudo -S -k id <<< '{}'"), ("pw", "echo {} | docker login -u ada --password-stdin"), ("pw", "docker login -u ada --password-stdin <<< {}"),
    ("pw", "echo {} | passwd --stdin ada"), ("pw", "echo ada:{} | sudo chpasswd"), ("pw", "echo {} | gpg --batch --passphrase-fd 0 -d f"),
    ("pw", "echo {} | kinit ada"), ("pw", "echo -n {} | cryptsetup open /dev/sda2 c -"), ("tok", "echo {} | gh auth login --with-token"),
    ("pw", "printf '%s' {} | openssl enc -aes-256-cbc -pass stdin -in f"), ("pw", "expect -c 'send \"{}\\r\"'"), ("pw", "echo {} | su -c id ada"),
    # Headers.
    ("tok", "curl -H 'Authorization: Bearer {}' h"), ("b64", "curl -H \"Authorization: Basic {}\" h"), ("tok", "curl -H 'Authorization: token {}' h"),
    ("tok", "curl -H 'X-Api-Key: {}' h"), ("tok", "curl -H 'PRIVATE-TOKEN: {}' h"), ("tok", "curl -H 'X-Auth-Token: {}' h"), ("tok", "curl --oauth2-bearer {} h"),
    ("tok", "curl -H 'Cookie: sid={}' h"), ("tok", "curl -b 'session={}' h"), ("tok", "curl --cookie 'PHPSESSID={}' h"), ("tok", "http h 'X-Vault-Token:{}'"),
    ("tok", "wget --header='Authorization: Bearer {}' h"), ("tok", "grpcurl -H 'authorization: Bearer {}' h:1 s/m"), ("tok", "curl -H 'Ocp-Apim-Subscription-Key: {}' h"),
    # Addresses.
    ("pw", "git clone https://ada:{}@git.example/r.git"), ("pw", "psql postgres://ada:{}@h/db"), ("pw", "mongosh mongodb+srv://ada:{}@h.example/x"),
    ("pw", "redis-cli -u redis://:{}@h:6379"), ("pw", "pip install --index-url https://ada:{}@pypi.example/simple x"), ("pw", "export http_proxy=http://ada:{}@proxy:3128"),
    ("tok", "curl 'https://h.example/?access_token={}'"), ("tok", "curl 'https://h.example/x?a=1&api_key={}&b=2'"), ("tok", "curl 'https://h.example/x?key={}'"),
    ("hex64", "curl 'https://b.s3.example/o?X-Amz-Signature={}'"), ("b64", "azcopy cp 'https://x.blob.example/c?sv=2022&sig={}&se=2027' ."),
    ("tok", "xdg-open 'https://h.example/cb#id_token={}'"), ("tok", "xdg-open 'https://h.example/a;jsessionid={}?x=1'"), ("tok", "open 'https://h.example/in?next=%2Fcb%3Ftoken%3D{}'"),
    # Bodies, statements and files.
    ("pw", "curl -d 'user=ada&password={}' h"), ("pw", "curl -d '{{\"user\":\"ada\",\"password\":\"{}\"}}' h"), ("pw", "curl -d \"{{\\\"password\\\":\\\"{}\\\"}}\" h"),
    ("pw", "curl -F password={} h"), ("pw", "curl --data-urlencode 'password={}' h"), ("pw", "http h password={}"), ("tok", "curl -d '{{\"apiKey\": \"{}\"}}' h"),
    ("tok", "curl -d 'grant_type=client_credentials&client_secret={}' h"), ("pw", "mysql -e \"CREATE USER a IDENTIFIED BY '{}'\""),
    ("pw", "psql -c \"ALTER USER ada WITH PASSWORD '{}'\""), ("pw", "psql -c \"CREATE ROLE ada LOGIN PASSWORD '{}'\""), ("pw", "mysql -e \"SET PASSWORD FOR ada = '{}'\""),
    ("pw", "sqlcmd -Q \"CREATE LOGIN a WITH PASSWORD = '{}'\""), ("pw", "sqlite3 e.db \"PRAGMA key='{}'\""), ("pw", "echo 'machine h login ada password {}' >> ~/.netrc"),
    ("pw", "echo 'password: {}' >> c.yml"), ("pw", "echo 'password = {}' >> c.ini"), ("pw", "echo 'requirepass {}' >> redis.conf"), ("pw", "python3 -c \"login(password='{}')\""),
    ("pw", "echo '<password>{}</password>' > s.xml"), ("tok", "git config --global github.token {}"), ("pw", "ConvertTo-SecureString \"{}\" -AsPlainText -Force"),
    # Known by their own shape, with nothing beside them to tell.
    ("aws", "x {}"), ("ghp", "x {}"), ("ghpat", "x {}"), ("glpat", "x {}"), ("xoxb", "x {}"), ("stripe", "x {}"), ("whsec", "x {}"), ("openai", "x {}"),
    ("anthropic", "x {}"), ("hf", "x {}"), ("gcp", "x {}"), ("ya29", "x {}"), ("npm", "x {}"), ("pypi", "x {}"), ("do", "x {}"), ("dapi", "x {}"),
    ("sendgrid", "x {}"), ("shopify", "x {}"), ("age", "echo {} > k"), ("jwt", "x {}"), ("hvs", "x {}"), ("vaults", "x {}"), ("rubygems", "x {}"),
    ("grafana", "x {}"), ("square", "x {}"), ("mailgun", "x {}"), ("linear", "x {}"), ("telegram", "curl https://api.telegram.example/bot{}/getMe"),
    ("pulumi", "x {}"), ("postman", "x {}"), ("doppler", "x {}"), ("azure", "x {}"), ("card", "echo {} | pay"), ("tailscale", "x {}"), ("docker", "x {}"),
    ("webhook", "curl -d x https://hooks.slack.com/services/{}"), ("pem", "echo '-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----' > k"),
]

# Parameters of requests whose values are secret.
PARAMETERS = """access_token token api_key apikey key password passwd pwd pass secret client_secret auth authToken sig signature code session
sessionid PHPSESSID JSESSIONID sid id_token refresh_token jwt X-Amz-Signature X-Goog-Signature X-Amz-Security-Token private_token csrf_token
reset_password_token confirmation_token invite hash credential passphrase hapikey subscription-key code_verifier SAMLResponse ticket oauth_token
oauth_verifier oauth_signature auth_key authenticity_token xsrf_token magic_token invitation_token unlock_token app_secret appkey api-token
user%5Bpassword%5D login[password] new_password device_token bearer_token hmac nonce""".split()
NUMBERS = "otp pin cvv mfa_code totp".split()
# Where else a secret stands in a line of an access log: path, referrer, agent, user.
REQUESTS = [
    ("tok", {"path": "/x;jsessionid={}"}), ("tok", {"path": "/reset-password/{}"}), ("tok", {"path": "/password/reset/{}"}), ("tok", {"path": "/verify-email/{}"}),
    ("tok", {"path": "/users/confirmation/{}"}), ("tok", {"path": "/invite/{}"}), ("tok", {"path": "/x?next=%2Fcb%3Faccess_token%3D{}"}),
    ("tok", {"path": "/x?next=%252Fcb%253Faccess_token%253D{}%2526a%253D1"}), ("pw", {"path": "/x?d=%7B%22password%22%3A%22{}%22%7D"}),
    ("telegram", {"path": "/bot{}/getMe"}), ("ghp", {"path": "/o/{}/x"}), ("jwt", {"path": "/x/{}"}), ("card", {"path": "/pay?card={}"}),
    ("pw", {"referrer": "https://ada:{}@h.example/"}), ("tok", {"referrer": "https://h.example/?access_token={}"}), ("tok", {"referrer": "https://h.example/cb#access_token={}&x=1"}),
    ("pw", {"referrer": "https://h.example/in?user=a&password={}"}), ("jwt", {"agent": "app/1 {}"}), ("tok", {"agent": "app/1 (token={})"}), ("pw", {"user": "ada:{}"}),
]

# Fields of JSON lines and parameters of syslog's structured data.
FIELDS = """password db_password user_pass passwd api_key apiKey token access_token accessToken refreshToken client_secret secret secretKey
aws_secret_access_key authorization cookie private_key session_token auth_token passphrase smtp_pass otp""".split()

# Lines without any secret. {w} is a word, {f} a file, {h} a host, {n} a number, {x} a commit, {u} a user.
ORDINARY = """
git commit -m "fix {w} password reset"|git commit -m "rotate the {w} token"|git commit -am "{w}: drop secret {w}"|git show {x}|git checkout {x} -- token.rs
git log --author={u} --since=2026-01-{n}|git push origin HEAD:refs/for/{w}|git diff {x}..{x} -- {f}|git grep -n "{w}_token"|git stash pop|git rebase -i HEAD~{n}
git config credential.helper store|git config --global user.name {u}|git clone https://{h}/{w}/{w}.git|git clone git@{h}:{w}/{w}.git|git log -S password -- {f}
docker pull {w}@sha256:{x}{x}|docker run -p 80{n}:80 {w}|docker run --rm -e TZ=UTC {w}:{n}|docker compose up -d {w}|docker secret ls|docker login {h}
docker exec -it {w} sh -c "cat /run/secrets/{w}"|docker build --secret id={w},src={f} .|docker login -u {u} --password-stdin {h} < {f}
kubectl get secret {w}-{w}|kubectl describe secret {w}|kubectl get secrets -n {w}|kubectl logs {w}-{n} -c auth|kubectl port-forward svc/{w} {n}:80
kubectl create token {w}|kubectl create secret generic {w} --from-file={f}|kubectl config use-context {w}|kubectl auth can-i get secrets
ssh {u}@{h}|ssh -i ~/.ssh/id_ed25519 -p {n} {u}@{h}|ssh-keygen -t ed25519 -f {f}|ssh-keygen -lf {f}|ssh-copy-id {u}@{h}|ssh-add -l|ssh-keygen -R {h}
scp -P {n} {f} {u}@{h}:|rsync -avz -e "ssh -p {n}" {f} {h}:|sshpass -f {f} ssh {h}|ssh -o PasswordAuthentication=no {h}|ssh -o PubkeyAuthentication=yes {h}
man passwd|passwd {u}|sudo passwd -l {u}|chage -l {u}|getent passwd {u}|cat /etc/passwd|vipw|sudo -k|sudo -u {u} {w}|sudo -l|su - {u}|id {u}|pwd|cd "$OLDPWD"
cat {w}keys.txt|cat tokens.txt|less session.log|vim password-{w}.md|nano secrets.{w}.yml|ls keys/|cp key.pem {f}|rm -f token.json|mv auth.{w} {f}|tail -f auth.log
grep -rn "token" src/|grep -r password: config/|grep -i "api.key" {f}|rg "api_key" -l|rg 'secret_\\w+' {f}|grep -c session {f}|ag authToken src|grep -v passwd {f}
sed -i s/password=.*/password=X/ {f}|sed -n '/token/p' {f}|awk -F: '{{print $1}}' /etc/passwd|jq .token {f}|jq -r '.access_token' {f}|yq .db.password {f}
export TOKEN=$(pass show {w})|export TOKEN="$OTHER"|export PASSWORD=${{PASSWORD:-}}|unset TOKEN|echo $PASSWORD|read -s PASSWORD|export KEY_FILE=~/.{w}/{f}
export SSH_AUTH_SOCK=/run/user/{n}/{w}|export GPG_TTY=$(tty)|export AWS_PROFILE={w}|export TOKEN_URL=https://{h}/token|export SECRET_NAME={w}-{w}|PGPASSWORD=$PW psql
mysql -u root -p|mysql -u root -p {w}|mysqldump -u root -p {w} > {f}|psql -p 5432 {w}|psql --no-password {w}|psql -h {h} -U {u} -W|redis-cli -h {h} -p {n}
mongosh --port {n}|sqlite3 {f} 'select count(*) from tokens'|mysql -e "select user from mysql.user"|psql -c "select password is null from users"|createdb {w}
curl https://{h}/{w}|curl -sSL https://{h}/{w}/{f} -o {f}|curl -I https://{h}/|curl -u {u} https://{h}|curl -b {f} -c {f} https://{h}|curl -d @{f} https://{h}
curl -H 'Accept: application/json' https://{h}/{w}|curl -X POST https://{h}/login -d user={u}|curl "https://{h}/?sort_key={w}&page={n}"|wget https://{h}/{f}
curl -H "Authorization: Bearer $TOKEN" https://{h}/{w}|curl -H "X-Api-Key: ${{API_KEY}}" https://{h}|http GET {h}/{w} page=={n}|wget -r -np https://{h}/{w}/
npm install {w}-{w}|npm run auth:{w}|npm token list|npm audit|npx {w}|pip install keyring|pip install -r {f}|cargo add secrecy|cargo build -p {w}|cargo test token
cargo test -- {w}::auth|pytest -k password|pytest tests/test_{w}_auth.py|python tokenizer.py --tokens {n}|python -m {w} --max-tokens {n}|make secret-{w}|make -j{n}
gpg --list-keys|gpg --recv-keys 0x{x}|gpg --export -a {u} > {f}|gpg -d {f}|pass show {w}/{w}|pass insert {w}|op item get {w}|bw list items|age -d -i {f} {f}
openssl x509 -in {f} -noout -text|openssl s_client -connect {h}:443|openssl rand -hex {n}|openssl req -new -key {f} -out {f}|openssl dgst -sha256 {f}
vault kv get secret/{w}|vault login -method=oidc|vault token lookup|aws s3 ls s3://{w}-{w}/{n}/|aws sts get-session-token|aws secretsmanager list-secrets
gcloud auth login|gcloud secrets versions access latest --secret={w}-{w}|az login --use-device-code|az keyvault secret list --vault-name {w}|terraform plan -out={f}
ansible-playbook {w}.yml --ask-become-pass|ansible-vault edit {f}|helm upgrade {w} ./{w} -f {f}|systemctl restart {w}|journalctl -u {w} -n {n}|systemctl status sshd
tar -xzf {f}|tar czf {f} {w}/|zip -r {f} {w}|unzip {f}|7z x {f}|gzip -9 {f}|mkdir -p {w}/{w}|cp -pr {w} {w}|find . -name "*{w}*"|find / -newer {f} -print|du -sh {w}
ls -la {w}|cd {w}/auth|cd ~/{w}/session|vim {f}|code {w}/|cat {f} | sort | uniq -c|sort -k {n} {f}|sort --key={n} {f}|head -n {n} {f}|wc -l {f}|diff {f} {f}|xxd {f}
echo "the token is: expired"|echo "password: see the {w}"|echo {w} {w}|echo hello | sudo tee {f}|printf '%s\\n' {w}|date +%s|kill -9 {n}|ps aux | grep {w}|top -p {n}
nmap -p 1-{n} {h}|ping -c {n} {h}|dig {h}|nc -zv {h} {n}|traceroute {h}|iptables -A INPUT -p tcp --dport {n} -j ACCEPT|ip addr show|ss -ltnp|lsof -i :{n}|whois {h}
for f in *.{w}; do echo $f; done|while read l; do echo "$l"; done < {f}|test -f {f} && rm {f}|[ -z "$TOKEN" ] && exit 1|alias {w}='{w} -{w}'|history | grep {w}
xdg-open "https://{h}/?key=value&page={n}"|xdg-open "https://{h}/search?q=password+manager"|xdg-open "https://{h}/password/help"|xdg-open https://{h}/{w}#{w}
llm --max-tokens {n} "{w}"|./run --token-limit {n} --max-tokens={n}|crontab -e|tmux attach -t {w}|screen -r {w}|tmux new-session -s {w}|loginctl show-session {n}
sudo apt-get install {w}|apt-key list|dpkg -l | grep {w}|brew install {w}|dnf search {w}|pacman -Syu|snap install {w}|sha256sum {f}|md5sum {f}|base64 -d {f}
echo {x} > {f}|uuidgen|touch {w}.key|chmod 600 ~/.ssh/{f}|chown {u}:{w} {f}|id -u {u}:{w}|usermod -aG {w} {u}|useradd -m {u}|adduser {u}|groups {u}|who|last -n {n}
"""
