/**
 * What stands around the guides' code in a test, in its own language. The customer is 42 with the address
 * `CUSTOMER_EMAIL`, and tokens are signed with `SESSION_SECRET`.
 */

/** The customer's address. */
export const CUSTOMER_EMAIL = 'mara@northside.example';

/** Signs session tokens. */
export const SESSION_SECRET = '0123456789abcdef0123456789abcdef';

/** Serves the guide's views; who is signed in is read from a header, in place of Django's own sign-in. */
export const DJANGO = `
import os, sys
sys.path.insert(0, os.getcwd())
from types import SimpleNamespace
from wsgiref.simple_server import make_server
import django
from django.conf import settings
settings.configure(
    SECRET_KEY='x', ALLOWED_HOSTS=['*'], ROOT_URLCONF='urls', MIDDLEWARE=['signed_in.middleware'],
    SESSION_SECRET=os.environ['SESSION_SECRET'], WEBHOOK_SECRET=os.environ['WEBHOOK_SECRET'],
)
def middleware(get_response):
    def run(request):
        pk = request.headers.get('x-user')
        request.user = SimpleNamespace(is_authenticated=pk is not None, pk=pk, email='${CUSTOMER_EMAIL}')
        return get_response(request)
    return run
sys.modules['signed_in'] = SimpleNamespace(middleware=middleware, __spec__=None)
django.setup()
from django.core.wsgi import get_wsgi_application
server = make_server('127.0.0.1', 0, get_wsgi_application())
print('listening on', server.server_port, flush=True)
server.serve_forever()
`;

/** Signs a session and checks the signatures of the cases that stand on standard input, as JSON. */
export const RUBY = `
given = JSON.parse($stdin.read)
genuine = given['cases'].map do |one|
  Kelviq.genuine?(one['body'], id: one['id'], timestamp: one['timestamp'],
    signatures: one['signatures'], secrets: given['secrets'], now: given['now'])
end
token = Kelviq.session_token(42, secret: '${SESSION_SECRET}', email: '${CUSTOMER_EMAIL}', now: given['now'])
puts JSON.generate(token: token, genuine: genuine)
`;

/**
 * The same, with WordPress's functions stood in for: they note what the plugin registers, and user 42 alone
 * can be stored. `answers` are those to what is `sent`.
 */
export const PHP = `
$registered = [];
function add_shortcode($name) { $GLOBALS['registered'][] = $name; }
function add_action($name, $run) { $GLOBALS['registered'][] = $name; $run(); }
function register_rest_route($space, $path, $options) {
    $GLOBALS['registered'][] = $path;
    $GLOBALS['routes'][$path] = $options['callback'];
}
function wp_slash($value) { return is_array($value) ? array_map('wp_slash', $value) : (is_string($value) ? addslashes($value) : $value); }
function wp_unslash($value) { return is_array($value) ? array_map('wp_unslash', $value) : (is_string($value) ? stripslashes($value) : $value); }
function update_user_meta($user, $key, $value) {
    if ($user !== 42 || ($GLOBALS['meta'][$key] ?? null) === wp_unslash($value)) return false;
    $GLOBALS['meta'][$key] = wp_unslash($value);
    return true;
}
function get_user_meta($user, $key) { return $user === 42 ? $GLOBALS['meta'][$key] ?? '' : false; }
class WP_REST_Response { function __construct(public $data, public $status) {} }
class WP_REST_Request {
    function __construct(private $one) {}
    function get_body() { return $this->one['body']; }
    function get_header($name) { return $this->one[['webhook-id' => 'id', 'webhook-timestamp' => 'timestamp', 'webhook-signature' => 'signatures'][$name]]; }
}
require 'wp-content/plugins/kelviq/kelviq.php';
$given = json_decode(stream_get_contents(STDIN), true);
$genuine = array_map(fn ($one) => kelviq_is_genuine($one['body'], $one['id'], $one['timestamp'],
    $one['signatures'], $given['secrets'], $given['now']), $given['cases']);
$token = kelviq_session_token('42', '${CUSTOMER_EMAIL}', '${SESSION_SECRET}', $given['now']);
define('KELVIQ_WEBHOOK_SECRET', $given['secrets']);
$answers = array_map(fn ($one) => $routes['/deliveries'](new WP_REST_Request($one))->status, $given['sent']);
echo json_encode(['token' => $token, 'genuine' => $genuine, 'registered' => $registered, 'answers' => $answers]);
`;
