// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings_dialog.h"

#include "ui/form_field.h"
#include "ui/network_card.h"
#include "ui/sent_page.h"
#include "ui/theme.h"
#include "ui/widgets/basics.h"

#include <QtCore/QDir>
#include <QtCore/QUrl>
#include <QtWidgets/QDialogButtonBox>
#include <QtWidgets/QFileDialog>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QRadioButton>
#include <QtWidgets/QScrollArea>
#include <QtWidgets/QTabWidget>
#include <QtWidgets/QVBoxLayout>

namespace torchdeck::ui {

namespace {

bool isWebAddress(const QString &text)
{
    const QUrl url(text, QUrl::StrictMode);
    return url.isValid() && !url.host().isEmpty()
        && (url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https"));
}

QLabel *heading(const QString &text) { return makeLabel(text, nullptr, 1.1, QFont::DemiBold); }

QLabel *note(const QString &text)
{
    QLabel *label = makeLabel(text, "muted", 0.92);
    label->setWordWrap(true);
    return label;
}

QString lockedNote(const QString &variable)
{
    return variable.isEmpty()
        ? QString()
        : SettingsDialog::tr("Set by the environment variable %1: unset that to change it here.").arg(variable);
}

QScrollArea *scrolled(QWidget *content)
{
    auto *scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus); // what is in it has the keys
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->viewport()->setAutoFillBackground(false);
    scroll->setWidget(content);
    content->setAutoFillBackground(false);
    return scroll;
}

} // namespace

SettingsDialog::SettingsDialog(QWidget *parent)
    : QDialog(parent)
    , m_hub(new ToggleSwitch(tr("Sync runs with HUB")))
    , m_local(new QRadioButton(tr("HUB on this computer")))
    , m_other(new QRadioButton(tr("Another server")))
    , m_apiRoot(new QLineEdit)
    , m_webRoot(new QLineEdit)
    , m_key(new QLineEdit)
    , m_showKey(new IconButton(QStringLiteral("eye"), tr("Show the key")))
    , m_network(new NetworkCard)
    , m_sent(new SentPage)
    , m_pages(new QTabWidget)
    , m_runs(new QLineEdit)
    , m_bundle(makeButton(tr("Save a support bundle...")))
    , m_test(makeButton(tr("Test connection")))
    , m_testResult(makeLabel({}))
    , m_buttons(
          new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel | QDialogButtonBox::Apply))
{
    setWindowTitle(tr("Settings"));
    resize(620, 800);
    auto *content = new QWidget;
    auto *cards = new QVBoxLayout(content);
    cards->setContentsMargins(space::l, space::l, space::l, space::l);
    cards->setSpacing(space::m);
    cards->addWidget(buildServerCard());
    cards->addWidget(buildKeyCard());
    cards->addWidget(m_network);
    cards->addWidget(buildRunsCard());
    cards->addWidget(buildSupportCard());
    cards->addStretch(1);
    m_pages->setDocumentMode(true);
    setLook(m_pages, "padded");
    m_pages->addTab(scrolled(content), tr("General"));
    m_pages->addTab(scrolled(m_sent), tr("What is sent"));

    auto *footer = new QFrame;
    setLook(footer, "footer");
    auto *footerLayout = new QHBoxLayout(footer);
    footerLayout->setContentsMargins(space::l, space::m, space::l, space::m);
    footerLayout->addWidget(m_buttons);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_pages, 1);
    layout->addWidget(footer);
    setLook(m_buttons->button(QDialogButtonBox::Ok), "primary");
    for (QAbstractButton *button : m_buttons->buttons())
        button->setIcon({});
    connectFields();
    setValues({});
}

QWidget *SettingsDialog::buildServerCard()
{
    auto *card = new Card;
    auto *head = new QHBoxLayout;
    head->addWidget(heading(tr("HUB")));
    head->addStretch(1);
    head->addWidget(m_hub);
    card->body()->addLayout(head);
    card->body()->addWidget(m_local);
    auto *localNote = note(tr("Runs inside this app: no account and no internet needed."));
    localNote->setContentsMargins(26, 0, 0, 0);
    card->body()->addWidget(localNote);
    card->body()->addWidget(m_other);
    m_apiRoot->setPlaceholderText(QStringLiteral("https://api.example.org"));
    m_webRoot->setPlaceholderText(QStringLiteral("https://hub.example.org"));
    m_apiRoot->setAccessibleName(tr("API address"));
    m_webRoot->setAccessibleName(tr("Web address"));
    m_apiField = new FormField(tr("API address"), m_apiRoot);
    m_webField = new FormField(tr("Web address, for links to models"), m_webRoot);
    auto *fields = new QVBoxLayout;
    fields->setContentsMargins(26, 0, 0, 0);
    fields->setSpacing(space::s);
    fields->addWidget(m_apiField);
    fields->addWidget(m_webField);
    card->body()->addLayout(fields);
    return card;
}

QWidget *SettingsDialog::buildKeyCard()
{
    auto *card = new Card;
    m_key->setEchoMode(QLineEdit::Password);
    m_key->setAccessibleName(tr("API key"));
    m_key->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText
                               | Qt::ImhNoAutoUppercase);
    m_showKey->setCheckable(true);
    auto *row = new QWidget;
    auto *rowLayout = new QHBoxLayout(row);
    rowLayout->setContentsMargins(0, 0, 0, 0);
    rowLayout->setSpacing(space::xs);
    rowLayout->addWidget(m_key, 1);
    rowLayout->addWidget(m_showKey);
    m_keyField = new FormField(tr("API key"), row);
    card->body()->addWidget(m_keyField);
    auto *test = new QHBoxLayout;
    test->setSpacing(space::m);
    m_testResult->setWordWrap(true);
    test->addWidget(m_test, 0, Qt::AlignTop);
    test->addWidget(m_testResult, 1);
    card->body()->addLayout(test);
    return card;
}

QWidget *SettingsDialog::buildSupportCard()
{
    auto *card = new Card;
    auto *row = new QHBoxLayout;
    row->addWidget(heading(tr("Support")));
    row->addStretch(1);
    row->addWidget(m_bundle);
    card->body()->addLayout(row);
    card->body()->addWidget(note(tr("One text file with versions, settings, the upload queue and the last log lines. "
                                    "Without the key, passwords and the name of your home folder.")));
    connect(m_bundle, &QPushButton::clicked, this, &SettingsDialog::askBundleFile);
    return card;
}

void SettingsDialog::askBundleFile()
{
    auto *dialog = new QFileDialog(this, tr("Save a support bundle"), QStringLiteral("torchdeck-support.txt"),
                                   tr("Text (*.txt)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("txt"));
    connect(dialog, &QFileDialog::fileSelected, this, &SettingsDialog::supportBundleRequested);
    dialog->open();
}

QWidget *SettingsDialog::buildRunsCard()
{
    auto *card = new Card;
    auto *row = new QWidget;
    auto *rowLayout = new QHBoxLayout(row);
    rowLayout->setContentsMargins(0, 0, 0, 0);
    rowLayout->setSpacing(space::xs);
    auto *browse = new IconButton(QStringLiteral("folder"), tr("Choose the folder for runs"));
    rowLayout->addWidget(m_runs, 1);
    rowLayout->addWidget(browse);
    m_runs->setPlaceholderText(QDir::toNativeSeparators(QStringLiteral("./runs")));
    m_runs->setAccessibleName(tr("Folder for runs"));
    auto *field = new FormField(tr("Folder for runs"), row);
    field->setNote(tr("Each run gets a folder of its own in it: detect/train, detect/train2, ..."));
    card->body()->addWidget(field);
    connect(browse, &QAbstractButton::clicked, this, [this] {
        auto *dialog = new QFileDialog(this, tr("Choose the folder for runs"), m_runs->text());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setOption(QFileDialog::ShowDirsOnly);
        connect(dialog, &QFileDialog::fileSelected, m_runs, &QLineEdit::setText);
        dialog->open();
    });
    return card;
}

void SettingsDialog::connectFields()
{
    connect(m_local, &QRadioButton::toggled, this, &SettingsDialog::updateEnabled);
    connect(m_hub, &QAbstractButton::toggled, this, &SettingsDialog::updateEnabled);
    connect(m_showKey, &QAbstractButton::toggled, this, [this](bool shown) {
        m_key->setEchoMode(shown ? QLineEdit::Normal : QLineEdit::Password);
        m_showKey->setIconName(shown ? QStringLiteral("eye-off") : QStringLiteral("eye"));
        m_showKey->setToolTip(shown ? tr("Hide the key") : tr("Show the key"));
    });
    for (QLineEdit *edit : { m_apiRoot, m_webRoot, m_key })
        connect(edit, &QLineEdit::textChanged, this, [this] {
            m_testResult->clear();
            m_apiField->setProblem({});
            m_webField->setProblem({});
        });
    connect(m_test, &QPushButton::clicked, this, [this] {
        if (!check())
            return;
        m_test->setEnabled(false);
        setLook(m_testResult, "muted");
        m_testResult->setText(tr("Asking the server..."));
        Q_EMIT testRequested(values());
    });
    connect(m_buttons, &QDialogButtonBox::accepted, this, &SettingsDialog::accept);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &SettingsDialog::reject);
    connect(m_buttons->button(QDialogButtonBox::Apply), &QPushButton::clicked, this, [this] {
        if (check())
            apply();
    });
    connect(this, &QDialog::finished, this, [this] { m_showKey->setChecked(false); });
}

void SettingsDialog::setValues(const SettingsValues &values)
{
    m_shown = values;
    m_hub->setChecked(values.hubEnabled);
    // An address in the environment decides, so the choice shows what is in force.
    const bool locked = !values.apiRootLockedBy.isEmpty();
    (values.useLocalHub && !locked ? m_local : m_other)->setChecked(true);
    m_local->setEnabled(!locked);
    m_apiRoot->setText(values.apiRoot);
    m_webRoot->setText(values.webRoot);
    m_key->setText(values.apiKey);
    m_sent->usageSwitch()->setChecked(values.usageEvents);
    m_network->setValues(values);
    m_runs->setText(values.runsFolder);
    m_apiField->setNote(lockedNote(values.apiRootLockedBy));
    m_webField->setNote(lockedNote(values.webRootLockedBy));
    if (values.apiKeyLockedBy.isEmpty())
        m_keyField->setNote(values.keyStorageNote, !values.keyStorageSecure);
    else
        m_keyField->setNote(lockedNote(values.apiKeyLockedBy));
    m_testResult->clear();
    m_test->setEnabled(true);
    updateEnabled();
}

SettingsValues SettingsDialog::values() const
{
    SettingsValues values = m_shown; // the read-only facts stay
    values.hubEnabled = m_hub->isChecked();
    values.useLocalHub = m_local->isChecked();
    values.apiRoot = m_apiRoot->text().trimmed();
    values.webRoot = m_webRoot->text().trimmed();
    values.apiKey = m_key->text().trimmed();
    values.usageEvents = m_sent->usageSwitch()->isChecked();
    m_network->readInto(values);
    values.runsFolder = m_runs->text().trimmed();
    return values;
}

void SettingsDialog::updateEnabled()
{
    const bool other = m_other->isChecked();
    // What the environment sets can be read and copied, not changed; its note says why.
    m_apiRoot->setEnabled(other);
    m_webRoot->setEnabled(other);
    m_apiRoot->setReadOnly(!m_shown.apiRootLockedBy.isEmpty());
    m_webRoot->setReadOnly(!m_shown.webRootLockedBy.isEmpty());
    // The embedded server makes its own key.
    m_key->setEnabled(other);
    m_key->setReadOnly(!m_shown.apiKeyLockedBy.isEmpty());
    m_showKey->setEnabled(other);
    if (!other)
        m_keyField->setNote(tr("The HUB on this computer makes its own key."));
    else if (m_shown.apiKeyLockedBy.isEmpty())
        m_keyField->setNote(m_shown.keyStorageNote, !m_shown.keyStorageSecure);
    else
        m_keyField->setNote(lockedNote(m_shown.apiKeyLockedBy));
}

bool SettingsDialog::check()
{
    m_apiField->setProblem({});
    m_webField->setProblem({});
    bool good = m_network->check();
    if (m_local->isChecked())
        return good;
    const std::pair<QLineEdit *, FormField *> addresses[] = { { m_apiRoot, m_apiField },
                                                              { m_webRoot, m_webField } };
    for (const auto &[edit, field] : addresses) {
        if (isWebAddress(edit->text().trimmed()))
            continue;
        field->setProblem(tr("Type a whole address, such as %1").arg(edit->placeholderText()));
        good = false;
    }
    if (!good)
        m_pages->setCurrentIndex(0); // where the problem is
    return good;
}

void SettingsDialog::apply() { Q_EMIT applied(values()); }

void SettingsDialog::accept()
{
    if (!check())
        return;
    apply();
    QDialog::accept();
}

void SettingsDialog::setTestResult(const hub::TestResult &result)
{
    m_test->setEnabled(true);
    const bool good = result.reachable && result.keyAccepted;
    setLook(m_testResult, good ? "success" : "problem");
    QString text = result.message;
    if (text.isEmpty())
        text = good            ? tr("The server accepts the key.")
            : result.reachable ? tr("The server refuses the key.")
                               : tr("The server does not answer.");
    m_testResult->setText(text);
}

QString SettingsDialog::testText() const { return m_testResult->text(); }

void SettingsDialog::setSentExamples(const QVector<hub::SentExample> &examples, const QString &about)
{
    m_sent->setExamples(examples, about);
}

} // namespace torchdeck::ui
